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
#include "text/lexeme.h"

/* a term and its list */
typedef struct TermList
{
	BiLexeme	term;
	uint32		hash;
	uint32		last_doc;
	BisBytes	list;
	char		status;			/* simplehash's */
} TermList;

/* a term's list, and its first bytes as a number that sorts as they do */
typedef struct SortedList
{
	uint64		head;
	const TermList *list;
} SortedList;

#define SH_PREFIX termtable
#define SH_ELEMENT_TYPE TermList
#define SH_KEY_TYPE BiLexeme
#define SH_KEY term
#define SH_HASH_KEY(tb, key) BiLexemeHash(key)
#define SH_EQUAL(tb, a, b) BiLexemeEqual(a, b)
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

/* Append the article doc to the list of one of its lexemes. */
static void
add_posting(BisAccumulator *accumulator, TSVector vector,
			const WordEntry *entry, uint32 doc)
{
	BiLexeme	key = {STRPTR(vector) + entry->pos, entry->len};
	int			npos = POSDATALEN(vector, entry);
	bool		found;
	TermList   *list = termtable_insert(accumulator->table, key, &found);

	if (!found)
	{
		list->term.s = memcpy(MemoryContextAlloc(accumulator->context,
													 Max(key.len, 1)),
								  key.s, key.len);
		list->last_doc = BIS_NO_DOC;
		memset(&list->list, 0, sizeof(BisBytes));
	}
	BisBytesReserve(&list->list, 2 * BIS_MAX_NUMBER_BYTES +
					npos * sizeof(WordEntryPos), accumulator->context);
	BisPutNumber(&list->list, doc - list->last_doc - 1);
	BisPutNumber(&list->list, npos);
	BisPutBytes(&list->list, POSDATAPTR(vector, entry),
				npos * sizeof(WordEntryPos));
	list->last_doc = doc;
}

void
BisAccumulatorAdd(BisAccumulator *accumulator, ItemPointer tid,
				  TSVector vector)
{
	uint64		length = 0;
	BisDoc		doc;

	for (int i = 0; i < vector->size; i++)
	{
		const WordEntry *entry = ARRPTR(vector) + i;

		add_posting(accumulator, vector, entry, accumulator->ndocs);
		length += Max(POSDATALEN(vector, entry), 1);
	}
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
		size += (Size) table->size * 2 * sizeof(TermList);
	return size;
}

static uint64
term_head(const BiLexeme *term)
{
	uint64		head = 0;

	memcpy(&head, term->s, Min(term->len, (int) sizeof(head)));
	return pg_ntoh64(head);
}

static inline int
compare_lists(const SortedList *a, const SortedList *b)
{
	const BiLexeme *left = &a->list->term;
	const BiLexeme *right = &b->list->term;

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
	TermList   *list;
	uint32		n = 0;

	lists = MemoryContextAllocHuge(accumulator->context,
								   Max(nlists, 1) * sizeof(SortedList));
	termtable_start_iterate(accumulator->table, &iterator);
	while ((list = termtable_iterate(accumulator->table, &iterator)) != NULL)
	{
		lists[n].head = term_head(&list->term);
		lists[n++].list = list;
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
