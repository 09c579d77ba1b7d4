/*
 * dictionary.c
 *	  Reading a segment's dictionary.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "index/page/abbrev_key.h"
#include "index/segment/dictionary.h"

/* Go to a page of the dictionary. */
static void
open_page(BisTerms *terms, uint32 page)
{
	Size		size = BisStreamReadPage(terms->segment, BIS_STREAM_TERMS, page,
										 terms->bytes);

	uint16		n;

	terms->restarts = BisRestartPoints(terms->bytes, size, &n);
	terms->nrestarts = n;
	terms->restart = 0;
	terms->begins = true;
	terms->page = page;
	terms->reader.next = terms->bytes;
	terms->reader.end = terms->restarts;
	terms->len = 0;
}

/* A restart point of the page. */
static const uint8 *
restart_point(const BisTerms *terms, int number)
{
	uint16		offset;

	memcpy(&offset, terms->restarts + number * sizeof(offset),
		   sizeof(offset));
	return terms->bytes + offset;
}

/*
 * Go to the last restart point whose term is not greater than key, if there
 * is one ahead.  Returns whether there is.
 */
static bool
seek_restart_point(BisTerms *terms, const char *key, int len)
{
	int			low = terms->restart;
	int			high = terms->nrestarts;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		BisReader	reader = {restart_point(terms, middle),
		terms->reader.end};
		uint32		rest;

		if (reader.next >= reader.end || BisGetNumber(&reader) != 0)
			BisCorrupted("restart points of the dictionary");
		rest = BisGetNumberUpTo(&reader, BIS_MAX_TERM);
		if (BisCompareTerms((const char *) BisGetBytes(&reader, rest), rest,
							key, len) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == terms->restart)
		return false;
	terms->restart = low - 1;
	terms->reader.next = restart_point(terms, low - 1);
	terms->begins = true;
	terms->len = 0;
	return true;
}

/*
 * Is the term of bytes, of which it shares the first with the term last read,
 * greater than that?  restart: it shares none, whatever it has in common.
 */
static bool
is_greater(const BisTerms *terms, uint32 shared, const uint8 *bytes,
		   uint32 rest, bool restart)
{
	if (restart)
		return BisCompareTerms((const char *) bytes, rest, terms->term,
							   terms->len) > 0;
	return rest > 0 && (shared == (uint32) terms->len ||
						bytes[0] > (uint8) terms->term[shared]);
}

/*
 * Read the term of the next entry, which must be greater than the last one on
 * the page; false at the end of the page.
 */
static bool
read_term(BisTerms *terms)
{
	bool		restart = terms->restart < terms->nrestarts &&
		terms->reader.next == restart_point(terms, terms->restart);
	const uint8 *bytes;
	uint32		shared;
	uint32		rest;

	if (terms->reader.next >= terms->reader.end)
	{
		if (terms->restart != terms->nrestarts)
			BisCorrupted("restart points of the dictionary");
		return false;
	}
	shared = BisGetNumberUpTo(&terms->reader, restart ? 0 : terms->len);
	rest = BisGetNumberUpTo(&terms->reader, BIS_MAX_TERM - shared);
	bytes = BisGetBytes(&terms->reader, rest);
	if (!terms->begins && !is_greater(terms, shared, bytes, rest, restart))
		BisCorrupted("order of the dictionary");
	memcpy(terms->term + shared, bytes, rest);
	terms->shared = shared;
	terms->len = shared + rest;
	terms->restart += restart;
	terms->begins = false;
	return true;
}

/*
 * Compare the term last read with key.  The one before it was less, and had
 * the same *same first bytes; sets *same anew.
 */
static int
compare_next(const BisTerms *terms, const char *key, int len, int *same)
{
	int			n = Min(terms->len, len);
	int			i = terms->shared;

	/* differs where the one before did */
	if (i > *same)
		return -1;
	while (i < n && terms->term[i] == key[i])
		i++;
	*same = i;
	if (i < n)
		return (uint8) terms->term[i] < (uint8) key[i] ? -1 : 1;
	return terms->len - len;
}

/* Read what follows the term on a leaf; the list if it is here and wanted. */
static inline void
read_entry(BisTerms *terms, bool wanted)
{
	BisReader  *reader = &terms->reader;
	const BisHeader *header = terms->segment->header;
	BisTerm    *entry = &terms->entry;
	const uint8 *bytes;
	uint64		len;

	entry->ndocs = BisGetNumberUpTo(reader, header->ndocs);
	len = BisGetNumber(reader);
	entry->here = len & 1;
	entry->postings_len = len >> 1;
	entry->positions_len = BisGetNumber(reader);
	entry->postings = entry->positions = 0;
	if (entry->ndocs == 0)
		BisCorrupted("term without articles");
	if (entry->here)
	{
		if (entry->ndocs > BIS_BLOCK ||
			entry->postings_len > BIS_MAX_INLINE ||
			entry->positions_len > BIS_MAX_INLINE - entry->postings_len)
			BisCorrupted("posting list in the dictionary");
		len = entry->postings_len + entry->positions_len;
		bytes = BisGetBytes(reader, len);
		if (wanted)
			memcpy(entry->bytes, bytes, len);
		return;
	}
	entry->postings = BisGetNumber(reader);
	entry->positions = BisGetNumber(reader);
	if (entry->postings > header->streams[BIS_STREAM_POSTINGS].length ||
		entry->postings_len >
		header->streams[BIS_STREAM_POSTINGS].length - entry->postings ||
		entry->positions > header->streams[BIS_STREAM_POSITIONS].length ||
		entry->positions_len >
		header->streams[BIS_STREAM_POSITIONS].length - entry->positions)
		BisCorrupted("posting list in the dictionary");
}

/* Page of the next level down in which key is, if anywhere. */
static uint32
child_of(BisTerms *terms, const char *key, int len)
{
	bool		any = false;
	uint32		child = 0;
	int			same = 0;

	(void) seek_restart_point(terms, key, len);
	while (read_term(terms))
	{
		uint32		page = BisGetNumberUpTo(&terms->reader, terms->page);
		int			order = compare_next(terms, key, len, &same);

		/* pages of a level come before those above it */
		if (page >= terms->page)
			BisCorrupted("page number in the dictionary");
		/* before the first there is nothing */
		if (!any || order <= 0)
			child = page;
		any = true;
		if (order > 0)
		{
			memcpy(terms->bound, terms->term, terms->len);
			terms->bound_len = terms->len;
			break;
		}
	}
	if (!any)
		BisCorrupted("empty page of the dictionary");
	return child;
}

/*
 * Read the first term of the next leaf, which must be greater than the one
 * read last; false if this was the last leaf.
 */
static bool
next_leaf(BisTerms *terms)
{
	char		last[BIS_MAX_TERM];
	int			len = terms->len;

	CHECK_FOR_INTERRUPTS();
	if (terms->page + 1 >= terms->segment->header->nleaves)
		return false;
	memcpy(last, terms->term, len);
	open_page(terms, terms->page + 1);
	(void) read_term(terms);
	if (BisCompareTerms(terms->term, terms->len, last, len) <= 0)
		BisCorrupted("order of the dictionary");
	return true;
}

/* Keep what was sought. */
static void
keep_key(BisTerms *terms, const char *key, int len)
{
	terms->key_len = len <= BIS_MAX_TERM ? len : -1;
	if (terms->key_len > 0)
		memcpy(terms->key, key, len);
}

/*
 * Go on to the first term of the leaf that is not less than key, which the
 * last one was less than, or go to its end; false if there is none.
 */
static bool
seek_on_leaf(BisTerms *terms, const char *key, int len, int same)
{
	if (seek_restart_point(terms, key, len))
		same = 0;
	while (read_term(terms))
	{
		if (compare_next(terms, key, len, &same) >= 0)
		{
			read_entry(terms, true);
			terms->ready = true;
			return true;
		}
		read_entry(terms, false);
	}
	return false;
}

void
BisTermsSeek(BisTerms *terms, BisSegment *segment, const char *key, int len)
{
	terms->segment = segment;
	terms->page = 0;
	terms->len = 0;
	terms->ready = false;
	terms->ended = false;
	terms->bound_len = -1;
	terms->reader.next = terms->reader.end = NULL;
	keep_key(terms, key, len);
	if (segment->header->nlevels == 0)
	{
		terms->ended = true;
		return;
	}

	open_page(terms, segment->header->root);
	for (uint32 level = segment->header->nlevels; level > 1; level--)
		open_page(terms, child_of(terms, key, len));
	if (terms->page >= segment->header->nleaves)
		BisCorrupted("page number in the dictionary");
	if (seek_on_leaf(terms, key, len, 0))
		return;
	/* then it is the next leaf's first term */
	while (next_leaf(terms))
	{
		int			same = 0;

		terms->ready = compare_next(terms, key, len, &same) >= 0;
		read_entry(terms, terms->ready);
		if (terms->ready || seek_on_leaf(terms, key, len, same))
			return;
	}
	terms->ended = true;
}

/*
 * Seek from where the last seek came to, if key can only be there; false if
 * not.
 */
static bool
seek_on(BisTerms *terms, const char *key, int len)
{
	int			same = 0;

	if (terms->key_len < 0 ||
		BisCompareTerms(key, len, terms->key, terms->key_len) < 0)
		return false;
	keep_key(terms, key, len);
	terms->ready = false;
	if (terms->ended)
		return true;
	if (BisCompareTerms(terms->term, terms->len, key, len) >= 0)
	{
		terms->ready = true;
		return true;
	}
	if (terms->bound_len >= 0 &&
		BisCompareTerms(terms->bound, terms->bound_len, key, len) <= 0)
		return false;
	while (same < Min(terms->len, len) && terms->term[same] == key[same])
		same++;
	return seek_on_leaf(terms, key, len, same);
}

void
BisTermsSeekOn(BisTerms *terms, BisSegment *segment, const char *key, int len)
{
	if (terms->segment != segment || !seek_on(terms, key, len))
		BisTermsSeek(terms, segment, key, len);
}

bool
BisTermsNext(BisTerms *terms)
{
	if (terms->ready)
	{
		terms->ready = false;
		return true;
	}
	if (terms->ended)
		return false;
	terms->key_len = -1;
	if (!read_term(terms) && !next_leaf(terms))
		return false;
	read_entry(terms, true);
	return true;
}

/* Is the term that was sought there? */
static bool
is_there(BisTerms *terms, const char *key, int len)
{
	return BisTermsNext(terms) && terms->len == len &&
		memcmp(terms->term, key, len) == 0;
}

bool
BisTermsFind(BisTerms *terms, BisSegment *segment, const char *key, int len)
{
	BisTermsSeek(terms, segment, key, len);
	return is_there(terms, key, len);
}

bool
BisTermsFindOn(BisTerms *terms, BisSegment *segment, const char *key, int len)
{
	BisTermsSeekOn(terms, segment, key, len);
	return is_there(terms, key, len);
}
