/*
 * dictionary.c
 *	  Reading a segment's dictionary.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "index/page/abbrev_key.h"
#include "index/segment/dictionary.h"

/* Read a page of the dictionary. */
static void
open_dictionary_page(BisTerms *terms, uint32 page)
{
	Size		size = BisStreamReadPage(terms->segment, BIS_STREAM_TERMS,
										 page,
										 terms->bytes);

	uint16		n;

	terms->restarts = BisRestartPoints(terms->bytes, size, &n);
	terms->nrestarts = n;
	terms->restart = 0;
	terms->no_previous = true;
	terms->page = page;
	terms->reader.next = terms->bytes;
	terms->reader.end = terms->restarts;
	terms->len = 0;
}

/* The entry at a restart point of the page. */
static const uint8 *
restart_point(const BisTerms *terms, int number)
{
	uint16		offset;

	memcpy(&offset, terms->restarts + number * sizeof(offset),
		   sizeof(offset));
	return terms->bytes + offset;
}

/*
 * Binary search among the restart points ahead: move to the last one whose
 * term is <= key.  Returns false, without moving, if there is none.
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
	terms->no_previous = true;
	terms->len = 0;
	return true;
}

/*
 * Is a term greater than the one last read, of which it shares the first
 * shared bytes, followed by rest bytes?  At a restart point the entry shares
 * no bytes, even if the terms have some in common.
 */
static bool
term_is_greater(const BisTerms *terms, uint32 shared, const uint8 *bytes,
				uint32 rest, bool restart)
{
	if (restart)
		return BisCompareTerms((const char *) bytes, rest, terms->term,
							   terms->len) > 0;
	return rest > 0 && (shared == (uint32) terms->len ||
						bytes[0] > (uint8) terms->term[shared]);
}

/*
 * Read the next entry's term, which must be greater than the previous one on
 * the page; false at the end of the page.
 */
static bool
read_next_term(BisTerms *terms)
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
	if (!terms->no_previous &&
		!term_is_greater(terms, shared, bytes, rest, restart))
		BisCorrupted("order of the dictionary");
	memcpy(terms->term + shared, bytes, rest);
	terms->shared = shared;
	terms->len = shared + rest;
	terms->restart += restart;
	terms->no_previous = false;
	return true;
}

/*
 * Compare the term last read with key.  The previous term was less than key
 * and had its first *same bytes in common with it; updates *same.  Bytes that
 * the entry shares with the previous term are not compared again.
 */
static int
compare_term_with_key(const BisTerms *terms, const char *key, int len,
					  int *same)
{
	int			n = Min(terms->len, len);
	int			i = terms->shared;

	/* differs from key at the same byte as the previous term */
	if (i > *same)
		return -1;
	while (i < n && terms->term[i] == key[i])
		i++;
	*same = i;
	if (i < n)
		return (uint8) terms->term[i] < (uint8) key[i] ? -1 : 1;
	return terms->len - len;
}

/*
 * Read the rest of a leaf's entry, after the term.  An inline posting list is
 * copied only if copy_list.
 */
static inline void
read_leaf_entry(BisTerms *terms, bool copy_list)
{
	BisReader  *reader = &terms->reader;
	const BisHeader *header = terms->segment->header;
	BisTerm    *entry = &terms->entry;
	const uint8 *bytes;
	uint64		len;

	entry->ndocs = BisGetNumberUpTo(reader, header->ndocs);
	len = BisGetNumber(reader);
	entry->is_inline = len & 1;
	entry->postings_len = len >> 1;
	entry->positions_len = BisGetNumber(reader);
	entry->postings = entry->positions = 0;
	if (entry->ndocs == 0)
		BisCorrupted("term without articles");
	if (entry->is_inline)
	{
		if (entry->ndocs > BIS_BLOCK ||
			entry->postings_len > BIS_MAX_INLINE ||
			entry->positions_len > BIS_MAX_INLINE - entry->postings_len)
			BisCorrupted("posting list in the dictionary");
		len = entry->postings_len + entry->positions_len;
		bytes = BisGetBytes(reader, len);
		if (copy_list)
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

/* The child page that key is on, or below, if it is anywhere. */
static uint32
find_child_page(BisTerms *terms, const char *key, int len)
{
	bool		any = false;
	uint32		child = 0;
	int			same = 0;

	(void) seek_restart_point(terms, key, len);
	while (read_next_term(terms))
	{
		uint32		page = BisGetNumberUpTo(&terms->reader, terms->page);
		int			order = compare_term_with_key(terms, key, len, &same);

		/* a level's pages precede those of the level above; so no cycles */
		if (page >= terms->page)
			BisCorrupted("page number in the dictionary");
		/* a key before the first term also belongs to the first child */
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
 * Open the next leaf and read its first term, which must be greater than the
 * one last read; false if there are no more leaves.
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
	open_dictionary_page(terms, terms->page + 1);
	(void) read_next_term(terms);
	if (BisCompareTerms(terms->term, terms->len, last, len) <= 0)
		BisCorrupted("order of the dictionary");
	return true;
}

/* Remember the key sought, for seek_forward; too long a key is not kept. */
static void
remember_key(BisTerms *terms, const char *key, int len)
{
	terms->key_len = len <= BIS_MAX_TERM ? len : -1;
	if (terms->key_len > 0)
		memcpy(terms->key, key, len);
}

/*
 * Move forward to the leaf's first term >= key; false, at the leaf's end, if
 * there is none.  The term last read is less than key and has same bytes in
 * common with it.
 */
static bool
seek_on_leaf(BisTerms *terms, const char *key, int len, int same)
{
	if (seek_restart_point(terms, key, len))
		same = 0;
	while (read_next_term(terms))
	{
		if (compare_term_with_key(terms, key, len, &same) >= 0)
		{
			read_leaf_entry(terms, true);
			terms->ready = true;
			return true;
		}
		read_leaf_entry(terms, false);
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
	remember_key(terms, key, len);
	if (segment->header->nlevels == 0)
	{
		terms->ended = true;
		return;
	}

	open_dictionary_page(terms, segment->header->root);
	for (uint32 level = segment->header->nlevels; level > 1; level--)
		open_dictionary_page(terms, find_child_page(terms, key, len));
	if (terms->page >= segment->header->nleaves)
		BisCorrupted("page number in the dictionary");
	if (seek_on_leaf(terms, key, len, 0))
		return;
	/* then it is the first term of the next leaf */
	while (next_leaf(terms))
	{
		int			same = 0;

		terms->ready = compare_term_with_key(terms, key, len, &same) >= 0;
		read_leaf_entry(terms, terms->ready);
		if (terms->ready || seek_on_leaf(terms, key, len, same))
			return;
	}
	terms->ended = true;
}

/*
 * Seek from the position of the iterator, if key can only be further on the
 * same leaf; otherwise false.
 */
static bool
seek_forward(BisTerms *terms, const char *key, int len)
{
	int			same = 0;

	/* once the iterator has advanced, its term takes the place of the key */
	if (terms->key_len < 0 ?
		BisCompareTerms(key, len, terms->term, terms->len) <= 0 :
		BisCompareTerms(key, len, terms->key, terms->key_len) < 0)
		return false;
	remember_key(terms, key, len);
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
	if (terms->segment != segment || !seek_forward(terms, key, len))
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
	if (!read_next_term(terms) && !next_leaf(terms))
		return false;
	read_leaf_entry(terms, true);
	return true;
}

/* Advance to the term after a seek: is it key? */
static bool
found_key(BisTerms *terms, const char *key, int len)
{
	return BisTermsNext(terms) && terms->len == len &&
		memcmp(terms->term, key, len) == 0;
}

bool
BisTermsFind(BisTerms *terms, BisSegment *segment, const char *key, int len)
{
	BisTermsSeek(terms, segment, key, len);
	return found_key(terms, key, len);
}

bool
BisTermsFindOn(BisTerms *terms, BisSegment *segment, const char *key, int len)
{
	BisTermsSeekOn(terms, segment, key, len);
	return found_key(terms, key, len);
}
