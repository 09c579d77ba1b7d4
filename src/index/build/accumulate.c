/*
 * accumulate.c
 *	  Articles, turned into posting lists in memory.
 *
 * A hash table has a growing list for each term: numbers of 16 bits.  For
 * each article,
 *
 *		head			distance from the last article, less 1, * 8, + how
 *						many positions there are, at most 6
 *		positions		as the tsvector has them
 *
 * or, where distance or positions are too many for that,
 *
 *		head			LONG_HEAD
 *		distance		less 1: low 16 bits, and high ones
 *		number			of positions
 *		positions
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "index/bigram/bigram_write.h"
#include "index/build/accumulate.h"
#include "index/page/abbrev_key.h"

/* bytes of a list that are where its term is; most lists need no more */
#define FIRST_ROOM 16

/* bytes that are allocated at once for terms */
#define ROOM ((Size) 32768)

/* at most this many terms are sorted by abbreviated key, which takes more memory */
#define MAX_BY_HEADS 65536

/* head of an article whose distance or number of positions is behind it */
#define LONG_HEAD 7

/* numbers of a long head */
#define LONG_HEAD_LEN 4

/* distances less 1 and positions that a short head has are below these */
#define MAX_SHORT_DISTANCE (1 << 13)
#define MAX_SHORT_POSITIONS LONG_HEAD

/* lexemes of an article that are looked up together */
#define BATCH 64

typedef struct Term
{
	uint64		head;			/* its first bytes, as a number that sorts as
								 * they do */
	const char *s;				/* not terminated */
	int32		len;
} Term;

/* a term and its list; the term's bytes are behind it */
typedef struct TermList
{
	Term		term;
	uint32		last_doc;
	BisBytes	list;
	uint8		first[FIRST_ROOM];	/* where the list is at first */
} TermList;

typedef struct TermEntry
{
	const Term *term;			/* of a TermList, at its beginning */
	uint32		hash;
	char		status;			/* simplehash's */
} TermEntry;

/* a term's list, as it is sorted */
typedef struct SortedList
{
	uint64		head;
	const TermList *list;
} SortedList;

static inline uint32
term_hash(const Term *term)
{
	uint64		hash = term->head + (uint32) term->len;

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
	return a->head == b->head && a->len == b->len &&
		(a->len <= BIS_ABBREV_BYTES ||
		 memcmp(a->s + BIS_ABBREV_BYTES, b->s + BIS_ABBREV_BYTES, a->len - BIS_ABBREV_BYTES) == 0);
}

/* Have two lines of the processor's cache brought; does not wait for them. */
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
	char	   *room;			/* for terms */
	Size		left;
	uint32		ndocs;
};

BisAccumulator *
BisAccumulatorBegin(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch articles",
												  ALLOCSET_DEFAULT_SIZES);
	BisAccumulator *accumulator =
		MemoryContextAllocZero(context, sizeof(BisAccumulator));

	accumulator->context = context;
	accumulator->table = termtable_create(context, 4096, NULL);
	return accumulator;
}

/* Memory that lives as long as the accumulator. */
static void *
new_room(BisAccumulator *accumulator, Size size)
{
	char	   *room;

	size = MAXALIGN(size);
	if (size > accumulator->left)
	{
		accumulator->left = Max(size, ROOM);
		accumulator->room = MemoryContextAlloc(accumulator->context,
											   accumulator->left);
	}
	room = accumulator->room;
	accumulator->room += size;
	accumulator->left -= size;
	return room;
}

/* The list of a term, made if there is none. */
static TermList *
find_list(BisAccumulator *accumulator, const Term *term, uint32 hash)
{
	bool		found;
	TermEntry  *entry = termtable_insert_hash(accumulator->table, term, hash,
											  &found);
	TermList   *list;

	if (found)
		return (TermList *) entry->term;
	list = new_room(accumulator, sizeof(TermList) + term->len);
	list->term = *term;
	list->term.s = memcpy(list + 1, term->s, term->len);
	list->last_doc = BIS_NO_DOC;
	list->list.data = list->first;
	list->list.len = 0;
	list->list.max = FIRST_ROOM;
	entry->term = &list->term;
	return list;
}

/* Make room for more bytes in a list. */
static void
reserve(BisAccumulator *accumulator, TermList *list, Size more)
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
static inline void
add_posting(BisAccumulator *accumulator, TermList *list, TSVector vector,
			const WordEntry *entry, uint32 doc)
{
	int			npos = POSDATALEN(vector, entry);
	Size		size = npos * sizeof(WordEntryPos);
	uint32		distance = doc - list->last_doc - 1;
	uint16		head[LONG_HEAD_LEN];

	reserve(accumulator, list, sizeof(head) + size);
	if (likely(distance < MAX_SHORT_DISTANCE && npos < MAX_SHORT_POSITIONS))
	{
		head[0] = distance << 3 | npos;
		BisPutBytes(&list->list, head, sizeof(uint16));
	}
	else
	{
		head[0] = LONG_HEAD;
		head[1] = (uint16) distance;
		head[2] = distance >> 16;
		head[3] = npos;
		BisPutBytes(&list->list, head, sizeof(head));
	}
	if (npos == 1)
		BisPutBytes(&list->list, POSDATAPTR(vector, entry),
					sizeof(WordEntryPos));
	else
		BisPutBytes(&list->list, POSDATAPTR(vector, entry), size);
	list->last_doc = doc;
}

/* The term of the first entry of that hash near its place, or NULL. */
static inline const Term *
look(const termtable_hash *table, uint32 hash)
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
 * Append the article to the lists of its n lexemes from entries on, at most
 * BATCH.  What is needed of the table and the lists is on its way while
 * that of the other lexemes is asked for.
 */
static void
add_batch(BisAccumulator *accumulator, TSVector vector,
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
		terms[i].head = BisAbbrevKey(terms[i].s, terms[i].len, end);
		hashes[i] = term_hash(&terms[i]);
		__builtin_prefetch(&table->data[hashes[i] & table->sizemask]);
	}
	for (int i = 0; i < n; i++)
	{
		found[i] = look(table, hashes[i]);
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

void
BisAccumulatorAdd(BisAccumulator *accumulator, ItemPointer tid,
				  TSVector vector)
{
	uint64		length = 0;
	BisDoc		doc;

	for (int i = 0; i < vector->size; i += BATCH)
		add_batch(accumulator, vector, ARRPTR(vector) + i,
				  Min(vector->size - i, BATCH));
	for (int i = 0; i < vector->size; i++)
		length += Max(POSDATALEN(vector, ARRPTR(vector) + i), 1);
	memcpy(doc.tid, tid, sizeof(doc.tid));
	doc.length = Min(length, PG_UINT16_MAX);
	BisBytesReserve(&accumulator->docs, sizeof(doc), accumulator->context);
	BisPutBytes(&accumulator->docs, &doc, sizeof(doc));
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

	size += ((Size) table->members + Min(table->members, MAX_BY_HEADS)) *
		sizeof(SortedList);
	/* the table, beside a new one of twice its size, before it is full */
	if (table->members >= table->grow_threshold - table->grow_threshold / 8)
		size += (Size) table->size * 2 * sizeof(TermEntry);
	return size;
}

static inline int
compare_lists(const SortedList *a, const SortedList *b)
{
	const Term *left = &a->list->term;
	const Term *right = &b->list->term;

	if (a->head != b->head)
		return a->head < b->head ? -1 : 1;
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
 * Sort n lists by their heads, a byte after the other from the last one on;
 * room is for as many.
 */
static void
sort_by_heads(SortedList *lists, SortedList *room, uint32 n)
{
	uint32		counts[BIS_ABBREV_BYTES][256];
	SortedList *from = lists;
	SortedList *to = room;

	memset(counts, 0, sizeof(counts));
	for (uint32 i = 0; i < n; i++)
	{
		for (int byte = 0; byte < BIS_ABBREV_BYTES; byte++)
			counts[byte][lists[i].head >> byte * BITS_PER_BYTE & 0xFF]++;
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
			to[places[from[i].head >> shift & 0xFF]++] = from[i];
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

	if (n > MAX_BY_HEADS)
	{
		sort_lists(lists, n);
		return;
	}
	room = MemoryContextAlloc(accumulator->context,
							  Max(n, 1) * sizeof(SortedList));
	sort_by_heads(lists, room, n);
	pfree(room);

	/* and those of one head by what is behind it */
	for (uint32 first = 0, i = 1; i <= n; i++)
	{
		if (i < n && lists[i].head == lists[first].head)
			continue;
		if (i - first > 1)
			sort_lists(lists + first, i - first);
		first = i;
	}
}

/* Write one term's list. */
static void
write_list(BisWriter *writer, const TermList *list)
{
	const uint16 *next = (const uint16 *) list->list.data;
	const uint16 *end = next + list->list.len / sizeof(uint16);
	uint32		doc = BIS_NO_DOC;

	BisWriterTerm(writer, list->term.s, list->term.len);
	while (next < end)
	{
		int			npos = *next & 7;
		uint32		distance = *next >> 3;

		if (npos == LONG_HEAD)
		{
			distance = next[1] | (uint32) next[2] << 16;
			npos = next[3];
			next += LONG_HEAD_LEN - 1;
		}
		doc += distance + 1;
		BisWriterPosting(writer, doc, npos, (const WordEntryPos *) ++next);
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
		lists[n].head = listed->term->head;
		lists[n++].list = (const TermList *) listed->term;
	}
	sort_terms(accumulator, lists, n);

	for (uint32 i = 0; i < accumulator->ndocs; i++)
		BisWriterDoc(writer, &docs[i]);
	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		/* they are all over the memory */
		if (i + 8 < n)
			prefetch_list(lists[i + 8].list);
		if (i + 4 < n)
			__builtin_prefetch(lists[i + 4].list->list.data);
		write_list(writer, lists[i].list);
	}
	BisBigramsEnd(writer, store, generation, entry);
	MemoryContextDelete(accumulator->context);
}
