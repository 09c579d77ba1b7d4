/*
 * accumulate.c
 *	  Turning articles into posting lists in memory.
 *
 * A hash table maps each term to its list, which grows as articles are added.
 * A list consists of 16-bit numbers.  For each article it has
 *
 *		intro			(delta from the previous article - 1) * 8 + the
 *						number of positions, at most 6
 *		positions		as in the tsvector
 *
 * or, if the delta or the number of positions is too large for that,
 *
 *		intro			LONG_INTRO
 *		delta			less 1: the low 16 bits, then the high ones
 *		number			of positions
 *		positions
 *
 * or, if the lexeme is continued (continuation.h),
 *
 *		intro			LONG_INTRO
 *		delta			as above
 *		number			CONTINUED
 *		number			of occurrences: the low 16 bits, then the high ones
 *		occurrences		BiOccurrences, likewise
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "index/bigram/bigram_write.h"
#include "index/build/accumulate.h"
#include "index/build/column_gather.h"
#include "index/page/abbrev_key.h"
#include "text/continuation.h"
#include "text/field_prefix.h"

/* bytes of a list that are stored beside its term; most need no more */
#define FIRST_ROOM 16

/* terms are allocated from chunks of this many bytes */
#define TERM_ROOM ((Size) 32768)

/* more terms than this are not radix-sorted, which takes twice the memory */
#define MAX_SORTED_BY_KEY 65536

/* intro of an article whose delta and number of positions follow it */
#define LONG_INTRO 7

/* 16-bit numbers before the positions, with LONG_INTRO */
#define LONG_INTRO_LEN 4

/* number of positions in a tsvector that stands for more */
#define CONTINUED PG_UINT16_MAX

/* the limits of a short intro, exclusive: delta less 1, and positions */
#define MAX_SHORT_DELTA (1 << 13)
#define MAX_SHORT_POSITIONS LONG_INTRO

/* lexemes of an article that are looked up together */
#define BATCH 64

typedef struct Term
{
	uint64		key;			/* abbreviated key */
	const char *s;				/* not terminated */
	int32		len;
} Term;

/* a term and its list, followed by the term's bytes */
typedef struct TermList
{
	Term		term;
	uint32		last_doc;
	BisBytes	list;
	uint8		first[FIRST_ROOM];	/* where the list starts out */
} TermList;

typedef struct TermEntry
{
	const Term *term;			/* first member of a TermList */
	uint32		hash;
	char		status;			/* simplehash's */
} TermEntry;

/* a term's list, while lists are sorted */
typedef struct SortedList
{
	uint64		key;			/* the term's abbreviated key */
	const TermList *list;
} SortedList;

static inline uint32
term_hash(const Term *term)
{
	uint64		hash = term->key + (uint32) term->len;

	for (int i = BIS_ABBREV_BYTES; i < term->len; i += BIS_ABBREV_BYTES)
	{
		hash = (hash ^ hash >> 32) * UINT64CONST(0x9E3779B97F4A7C15);
		hash ^= BisAbbrevKey(term->s + i, term->len - i,
							 term->s + term->len);
	}
	hash = (hash ^ hash >> 32) * UINT64CONST(0xD6E8FEB86659FD93);
	return (uint32) (hash ^ hash >> 32);
}

static inline bool
term_equal(const Term *a, const Term *b)
{
	return a->key == b->key && a->len == b->len &&
		(a->len <= BIS_ABBREV_BYTES ||
		 memcmp(a->s + BIS_ABBREV_BYTES, b->s + BIS_ABBREV_BYTES,
				a->len - BIS_ABBREV_BYTES) == 0);
}

/* Prefetch the two cache lines at list. */
static inline void
prefetch_list(const void *list)
{
	__builtin_prefetch(list);
	__builtin_prefetch((const char *) list + 64);
}

#define SH_PREFIX termtable
#define SH_ELEMENT_TYPE TermEntry
#define SH_KEY_TYPE const Term *
#define SH_KEY term
#define SH_HASH_KEY(tb, key) term_hash(key)
#define SH_EQUAL(tb, a, b) term_equal(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct BisAccumulator
{
	MemoryContext context;
	termtable_hash *table;
	BisBytes	docs;			/* BisDoc of each article */
	BisColumnGather *columns;	/* NULL: there are none */
	char	   *room;			/* for terms */
	Size		left;
	uint32		ndocs;
};

BisAccumulator *
BisAccumulatorBegin(const BisColumnTypes *types)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch articles",
												  ALLOCSET_DEFAULT_SIZES);
	BisAccumulator *accumulator =
		MemoryContextAllocZero(context, sizeof(BisAccumulator));

	accumulator->context = context;
	accumulator->table = termtable_create(context, 4096, NULL);
	if (types != NULL)
		accumulator->columns = BisColumnGatherBegin(types, context);
	return accumulator;
}

/* Allocate memory that lives as long as the accumulator. */
static void *
allocate_for_term(BisAccumulator *accumulator, Size size)
{
	char	   *room;

	size = MAXALIGN(size);
	if (size > accumulator->left)
	{
		accumulator->left = Max(size, TERM_ROOM);
		accumulator->room = MemoryContextAlloc(accumulator->context,
											   accumulator->left);
	}
	room = accumulator->room;
	accumulator->room += size;
	accumulator->left -= size;
	return room;
}

/* Find the list of a term, or create it. */
static pg_attribute_always_inline TermList *
find_list(BisAccumulator *accumulator, const Term *term, uint32 hash)
{
	bool		found;
	TermEntry  *entry = termtable_insert_hash(accumulator->table, term, hash,
											  &found);
	TermList   *list;

	if (found)
		return (TermList *) entry->term;
	list = allocate_for_term(accumulator, sizeof(TermList) + term->len);
	list->term = *term;
	list->term.s = memcpy(list + 1, term->s, term->len);
	list->last_doc = BIS_NO_DOC;
	list->list.data = list->first;
	list->list.len = 0;
	list->list.max = FIRST_ROOM;
	entry->term = &list->term;
	return list;
}

/* Make room for more bytes in a list, moving it out of first if need be. */
static pg_attribute_always_inline void
reserve_list(BisAccumulator *accumulator, TermList *list, Size more)
{
	BisBytes   *bytes = &list->list;

	if (more <= bytes->max - bytes->len)
		return;
	if (bytes->data == list->first)
	{
		BisBytes	larger = {0};

		BisBytesReserve(&larger, bytes->len + more, accumulator->context);
		BisPutBytes(&larger, bytes->data, bytes->len);
		*bytes = larger;
	}
	else
		BisBytesReserve(bytes, more, accumulator->context);
}

/* Append the article doc to the list of one of its lexemes. */
static pg_attribute_always_inline void
add_posting(BisAccumulator *accumulator, TermList *list, TSVector vector,
			const WordEntry *entry, uint32 doc)
{
	int			npos = POSDATALEN(vector, entry);
	Size		size = npos * sizeof(WordEntryPos);
	uint32		delta = doc - list->last_doc - 1;
	uint16		intro[LONG_INTRO_LEN];

	reserve_list(accumulator, list, sizeof(intro) + size);
	if (likely(delta < MAX_SHORT_DELTA && npos < MAX_SHORT_POSITIONS))
	{
		intro[0] = delta << 3 | npos;
		BisPutBytes(&list->list, intro, sizeof(uint16));
	}
	else
	{
		intro[0] = LONG_INTRO;
		intro[1] = (uint16) delta;
		intro[2] = delta >> 16;
		intro[3] = npos;
		BisPutBytes(&list->list, intro, sizeof(intro));
	}
	if (npos == 1)
		BisPutBytes(&list->list, POSDATAPTR(vector, entry),
					sizeof(WordEntryPos));
	else
		BisPutBytes(&list->list, POSDATAPTR(vector, entry), size);
	list->last_doc = doc;
}

/* Append the article doc with all occurrences of a continued lexeme. */
static void
add_continued_posting(BisAccumulator *accumulator, TermList *list,
					  const BiOccurrence *occurrences, uint32 n, uint32 doc)
{
	uint32		delta = doc - list->last_doc - 1;
	uint16		intro[LONG_INTRO_LEN] = {
		LONG_INTRO, (uint16) delta, delta >> 16, CONTINUED
	};

	reserve_list(accumulator, list, sizeof(intro) + sizeof(n) +
				 n * sizeof(BiOccurrence));
	BisPutBytes(&list->list, intro, sizeof(intro));
	BisPutBytes(&list->list, &n, sizeof(n));
	BisPutBytes(&list->list, occurrences, n * sizeof(BiOccurrence));
	list->last_doc = doc;
}

/*
 * The term of the first entry with that hash among those that a lookup would
 * try first, or NULL.  A guess: the term may be another one.
 */
static inline const Term *
probe_table(const termtable_hash *table, uint32 hash)
{
	for (uint32 i = 0; i < 8; i++)
	{
		const TermEntry *entry =
			&table->data[(hash + i) & table->sizemask];

		if (entry->status == termtable_SH_EMPTY)
			break;
		if (entry->hash == hash)
			return entry->term;
	}
	return NULL;
}

/*
 * Append the article to the lists of n of its lexemes, at most BATCH, that
 * start at entries.  The three loops overlap cache misses: all entries of the
 * table are prefetched before the first one is read, then all lists.
 */
static void
add_lexeme_batch(BisAccumulator *accumulator, TSVector vector,
				 const WordEntry *entries, int n)
{
	termtable_hash *table = accumulator->table;
	const char *end = (const char *) vector + VARSIZE(vector);
	Term		terms[BATCH];
	uint32		hashes[BATCH];
	const Term *found[BATCH];

	for (int i = 0; i < n; i++)
	{
		terms[i].s = STRPTR(vector) + entries[i].pos;
		terms[i].len = entries[i].len;
		terms[i].key = BisAbbrevKey(terms[i].s, terms[i].len, end);
		hashes[i] = term_hash(&terms[i]);
		__builtin_prefetch(&table->data[hashes[i] & table->sizemask]);
	}
	for (int i = 0; i < n; i++)
	{
		found[i] = probe_table(table, hashes[i]);
		if (found[i] != NULL)
			prefetch_list(found[i]);
	}
	for (int i = 0; i < n; i++)
	{
		TermList   *list = (TermList *) found[i];

		if (list == NULL || !term_equal(&list->term, &terms[i]))
			list = find_list(accumulator, &terms[i], hashes[i]);
		add_posting(accumulator, list, vector, &entries[i],
					accumulator->ndocs);
	}
}

/*
 * Append an article some of whose lexemes may be continued, lexeme by lexeme.
 * Returns the number of its positions.
 */
static uint64
add_long_article(BisAccumulator *accumulator, TSVector vector)
{
	BiContinuationCache continuations = {0};
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch long article",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	uint64		length = 0;

	for (int i = 0; i < vector->size; i++)
	{
		const WordEntry *entry = ARRPTR(vector) + i;
		BiOccurrence *occurrences;
		Term		term;
		TermList   *list;
		int			n;

		CHECK_FOR_INTERRUPTS();
		if (BiIsContinuation(vector, entry, &continuations))
			continue;
		term.s = STRPTR(vector) + entry->pos;
		term.len = entry->len;
		term.key = BisAbbrevKey(term.s, term.len,
								(const char *) vector + VARSIZE(vector));
		list = find_list(accumulator, &term, term_hash(&term));
		occurrences = BiContinuedOccurrences(vector, entry, &n);
		if (occurrences != NULL)
			add_continued_posting(accumulator, list, occurrences, n,
								  accumulator->ndocs);
		else
			add_posting(accumulator, list, vector, entry, accumulator->ndocs);
		length += occurrences != NULL ? n : Max(POSDATALEN(vector, entry), 1);
		MemoryContextReset(scratch);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return length;
}

/* Append the article to the lists of the prefixes of its fields' values. */
static void
add_field_prefixes(BisAccumulator *accumulator, TSVector vector)
{
	static const WordEntry no_positions = {0};
	BiFieldPrefixes prefixes;
	Term		term;

	BiFieldPrefixesBegin(&prefixes, vector);
	while ((term.len = BiNextFieldPrefix(&prefixes)) > 0)
	{
		term.s = prefixes.term;
		term.key = BisAbbrevKey(term.s, term.len, term.s + term.len);
		add_posting(accumulator,
					find_list(accumulator, &term, term_hash(&term)), vector,
					&no_positions, accumulator->ndocs);
	}
}

void
BisAccumulatorAdd(BisAccumulator *accumulator, ItemPointer tid,
				  TSVector vector, const BisValue *values)
{
	bool		is_long = false;
	uint64		length = 0;
	BisDoc		doc;

	for (int i = 0; i < vector->size; i++)
	{
		const WordEntry *entry = ARRPTR(vector) + i;

		length += Max(POSDATALEN(vector, entry), 1);
		is_long |= BiMayContinue(vector, entry);
	}
	if (is_long)
		length = add_long_article(accumulator, vector);
	for (int i = 0; i < vector->size && !is_long; i += BATCH)
		add_lexeme_batch(accumulator, vector, ARRPTR(vector) + i,
						 Min(vector->size - i, BATCH));
	add_field_prefixes(accumulator, vector);
	memcpy(doc.tid, tid, sizeof(doc.tid));
	doc.length = Min(length, PG_UINT16_MAX);
	BisBytesReserve(&accumulator->docs, sizeof(doc), accumulator->context);
	BisPutBytes(&accumulator->docs, &doc, sizeof(doc));
	if (accumulator->columns != NULL)
		BisColumnGatherAdd(accumulator->columns, values);
	accumulator->ndocs++;
}

uint32
BisAccumulatorDocs(const BisAccumulator *accumulator)
{
	return accumulator->ndocs;
}

Size
BisAccumulatorMemory(const BisAccumulator *accumulator)
{
	const termtable_hash *table = accumulator->table;
	Size		size = MemoryContextMemAllocated(accumulator->context, true);

	size += ((Size) table->members + Min(table->members, MAX_SORTED_BY_KEY)) *
		sizeof(SortedList);
	/* when the table is nearly full, it is copied to one of twice the size */
	if (table->members >= table->grow_threshold - table->grow_threshold / 8)
		size += (Size) table->size * 2 * sizeof(TermEntry);
	return size;
}

static inline int
compare_lists(const SortedList *a, const SortedList *b)
{
	const Term *left = &a->list->term;
	const Term *right = &b->list->term;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return BisCompareTerms(left->s, left->len, right->s, right->len);
}

#define ST_SORT sort_lists
#define ST_ELEMENT_TYPE SortedList
#define ST_COMPARE(a, b) compare_lists(a, b)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * Sort n lists by abbreviated key: a radix sort, least significant byte
 * first.  room has space for n lists too.
 */
static void
sort_by_keys(SortedList *lists, SortedList *room, uint32 n)
{
	uint32		counts[BIS_ABBREV_BYTES][256];
	SortedList *from = lists;
	SortedList *to = room;

	memset(counts, 0, sizeof(counts));
	for (uint32 i = 0; i < n; i++)
	{
		for (int byte = 0; byte < BIS_ABBREV_BYTES; byte++)
			counts[byte][lists[i].key >> byte * BITS_PER_BYTE & 0xFF]++;
	}
	for (int byte = 0; byte < BIS_ABBREV_BYTES; byte++)
	{
		int			shift = byte * BITS_PER_BYTE;
		uint32		places[256];
		uint32		place = 0;
		SortedList *other = from;

		for (int value = 0; value < 256; value++)
		{
			places[value] = place;
			place += counts[byte][value];
		}
		for (uint32 i = 0; i < n; i++)
			to[places[from[i].key >> shift & 0xFF]++] = from[i];
		from = to;
		to = other;
	}
	StaticAssertStmt(BIS_ABBREV_BYTES % 2 == 0, "lists end in room");
}

/* Sort n lists by their terms. */
static void
sort_terms(BisAccumulator *accumulator, SortedList *lists, uint32 n)
{
	SortedList *room;

	if (n > MAX_SORTED_BY_KEY)
	{
		sort_lists(lists, n);
		return;
	}
	room = MemoryContextAlloc(accumulator->context,
							  Max(n, 1) * sizeof(SortedList));
	sort_by_keys(lists, room, n);
	pfree(room);

	/* then sort those with the same key by the rest of their terms */
	for (uint32 first = 0, i = 1; i <= n; i++)
	{
		if (i < n && lists[i].key == lists[first].key)
			continue;
		if (i - first > 1)
			sort_lists(lists + first, i - first);
		first = i;
	}
}

/*
 * Write the occurrences of a continued lexeme, after CONTINUED; returns where
 * they end.  They may not be aligned.
 */
static const uint16 *
write_continued_posting(BisWriter *writer, uint32 doc, const uint16 *next)
{
	uint32		n;
	BiOccurrence *occurrences;

	memcpy(&n, next, sizeof(n));
	next += sizeof(n) / sizeof(uint16);
	occurrences = palloc(n * sizeof(BiOccurrence));
	memcpy(occurrences, next, n * sizeof(BiOccurrence));
	BisWriterPosting(writer, doc, n, occurrences);
	pfree(occurrences);
	return next + n * sizeof(BiOccurrence) / sizeof(uint16);
}

/* Write the list of one term to the segment. */
static void
write_term_list(BisWriter *writer, const TermList *list)
{
	const uint16 *next = (const uint16 *) list->list.data;
	const uint16 *end = next + list->list.len / sizeof(uint16);
	uint32		doc = BIS_NO_DOC;

	BisWriterTerm(writer, list->term.s, list->term.len);
	while (next < end)
	{
		int			npos = *next & 7;
		uint32		delta = *next >> 3;

		if (npos == LONG_INTRO)
		{
			delta = next[1] | (uint32) next[2] << 16;
			npos = next[3];
			next += LONG_INTRO_LEN - 1;
		}
		doc += delta + 1;
		next++;
		if (npos == CONTINUED)
		{
			next = write_continued_posting(writer, doc, next);
			continue;
		}
		BisWriterLexeme(writer, doc, npos, next);
		next += npos;
	}
}

void
BisAccumulatorWrite(BisAccumulator *accumulator, BisStore *store,
					uint64 generation, BisSegmentEntry *entry)
{
	BisWriter  *writer = BisWriterBegin(store, generation);
	const BisDoc *docs = (const BisDoc *) accumulator->docs.data;
	uint32		nlists = accumulator->table->members;
	SortedList *lists;
	termtable_iterator iterator;
	TermEntry  *listed;
	uint32		n = 0;

	lists = MemoryContextAllocHuge(accumulator->context,
								   Max(nlists, 1) * sizeof(SortedList));
	termtable_start_iterate(accumulator->table, &iterator);
	while ((listed = termtable_iterate(accumulator->table,
									   &iterator)) != NULL)
	{
		lists[n].key = listed->term->key;
		lists[n++].list = (const TermList *) listed->term;
	}
	sort_terms(accumulator, lists, n);

	for (uint32 i = 0; i < accumulator->ndocs; i++)
		BisWriterDoc(writer, &docs[i]);
	if (accumulator->columns != NULL)
		BisColumnGatherWrite(accumulator->columns, writer);
	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		/* in this order they are scattered in memory */
		if (i + 8 < n)
			prefetch_list(lists[i + 8].list);
		if (i + 4 < n)
			__builtin_prefetch(lists[i + 4].list->list.data);
		write_term_list(writer, lists[i].list);
	}
	BisBigramsEnd(writer, store, generation, entry);
	MemoryContextDelete(accumulator->context);
}
