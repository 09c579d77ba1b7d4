/*
 * accumulate.c
 *	  Articles, turned into posting lists in memory.
 *
 * A hash table has a growing list for each term, of
 *
 *		number			distance from the last article, less 1
 *		number			positions
 *		2 bytes each	the positions as the tsvector has them
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/memutils.h"

#include "index/accumulate.h"

/* bytes of a list that are where its term is; most lists need no more */
#define FIRST_ROOM 24

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

/* The first bytes of a term, zeroes behind it, as a number. */
static inline uint64
term_head(const char *s, int len)
{
	uint32		low;
	uint32		high;
	uint64		head;

	if (len >= 8)
	{
		memcpy(&head, s, sizeof(head));
		return pg_ntoh64(head);
	}
	if (len >= 4)
	{
		/* the last four, some of which the first four may have too */
		memcpy(&high, s, sizeof(high));
		memcpy(&low, s + len - sizeof(low), sizeof(low));
		return (uint64) pg_ntoh32(high) << 32 |
			(uint64) pg_ntoh32(low) << (8 - len) * BITS_PER_BYTE;
	}
	head = 0;
	for (int i = 0; i < len; i++)
		head |= (uint64) (uint8) s[i] << (7 - i) * BITS_PER_BYTE;
	return head;
}

static inline uint32
term_hash(const Term *term)
{
	uint64		hash = term->head + (uint32) term->len;

	for (int i = 8; i < term->len; i += 8)
	{
		hash = (hash ^ hash >> 32) * UINT64CONST(0x9E3779B97F4A7C15);
		hash ^= term_head(term->s + i, Min(term->len - i, 8));
	}
	hash = (hash ^ hash >> 32) * UINT64CONST(0xD6E8FEB86659FD93);
	return (uint32) (hash ^ hash >> 32);
}

static inline bool
term_equal(const Term *a, const Term *b)
{
	return a->head == b->head && a->len == b->len &&
		(a->len <= 8 || memcmp(a->s + 8, b->s + 8, a->len - 8) == 0);
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
	accumulator->table = termtable_create(context, 1024, NULL);
	return accumulator;
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
	list = MemoryContextAlloc(accumulator->context,
							  sizeof(TermList) + term->len);
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

	/* at most 5 bytes for a distance and 2 for the number of positions */
	reserve(accumulator, list, 7 + size);
	BisPutNumber(&list->list, doc - list->last_doc - 1);
	BisPutNumber(&list->list, npos);
	BisPutBytes(&list->list, POSDATAPTR(vector, entry), size);
	list->last_doc = doc;
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
	Term		terms[BATCH];
	uint32		hashes[BATCH];

	for (int i = 0; i < n; i++)
	{
		terms[i].s = STRPTR(vector) + entries[i].pos;
		terms[i].len = entries[i].len;
		terms[i].head = term_head(terms[i].s, terms[i].len);
		hashes[i] = term_hash(&terms[i]);
		__builtin_prefetch(&table->data[hashes[i] & table->sizemask]);
	}
	for (int i = 0; i < n; i++)
	{
		const TermEntry *entry =
			&table->data[hashes[i] & table->sizemask];

		__builtin_prefetch(entry->term);
		__builtin_prefetch((const char *) entry->term + 64);
	}
	for (int i = 0; i < n; i++)
		add_posting(accumulator,
					find_list(accumulator, &terms[i], hashes[i]),
					vector, &entries[i], accumulator->ndocs);
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

	size += (Size) table->members * sizeof(SortedList);
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

/* Write one term's list. */
static void
write_list(BisWriter *writer, const TermList *list)
{
	BisReader	reader = {list->list.data, list->list.data + list->list.len};
	uint32		doc = BIS_NO_DOC;

	BisWriterTerm(writer, list->term.s, list->term.len);
	while (reader.next < reader.end)
	{
		WordEntryPos positions[MAXNUMPOS];
		int			npos;

		doc += BisGetNumber(&reader) + 1;
		npos = BisGetNumberUpTo(&reader, MAXNUMPOS);
		memcpy(positions, BisGetBytes(&reader, npos * sizeof(WordEntryPos)),
			   npos * sizeof(WordEntryPos));
		BisWriterPosting(writer, doc, npos, positions);
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
	while ((listed = termtable_iterate(accumulator->table, &iterator)) != NULL)
	{
		lists[n].head = listed->term->head;
		lists[n++].list = (const TermList *) listed->term;
	}
	sort_lists(lists, n);

	for (uint32 i = 0; i < accumulator->ndocs; i++)
		BisWriterDoc(writer, &docs[i]);
	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		write_list(writer, lists[i].list);
	}
	BisWriterEnd(writer, entry);
	MemoryContextDelete(accumulator->context);
}
