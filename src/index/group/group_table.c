/*
 * group_table.c
 *	  Counting visible rows by groups.
 *
 * A group of one key has the id of the key's value.  A group of more keys is
 * a pair: a group of all keys but the last, and a value of the last.
 *
 * The articles that a filter finds in a segment are found before the first
 * row of it is counted, and kept as bits.  They do not depend on visibility:
 * only those of counted rows are looked at.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "index/column/article.h"
#include "index/group/group_table.h"
#include "index/group/number_map.h"

#define FIRST_GROUPS 64

/* the groups of the first keys, up to one that is not the first */
typedef struct Pairs
{
	bis_number_map_hash *map;	/* from pairs to groups */
	uint32		n;
	uint32		room;
	uint64	   *pairs;			/* group << 32 | value */
} Pairs;

struct BisGroupTable
{
	MemoryContext context;
	const BisColumnTypes *types;
	int			nkeys;
	BisGroupKey **keys;
	Pairs	   *pairs;			/* for each key but the first */
	int			ncounts;
	const BisGroupCount *counts;
	uint32		room;			/* groups that rows has room for */
	int64	   *rows;			/* ncounts for each group */
	int			nfilters;
	const BisSearch *const *filters;
	BisVisibleVisitor visitor;
	BisSegment *segment;		/* the current one, and for it: */
	uint64	  **bits;			/* articles of each filter; NULL: none */
	BisColumnReader **readers;	/* of the columns of counts */
	uint16		docs[BIS_WINDOW];	/* of a window: articles, counted from its
									 * first, */
	uint32		ids[BIS_WINDOW];	/* values of a key, */
	uint32		groups[BIS_WINDOW];
};

/* Make room for the counts of n groups. */
static void
reserve_groups(BisGroupTable *table, uint32 n)
{
	uint32		room = Max(table->room, FIRST_GROUPS);
	Size		before = (Size) table->room * table->ncounts * sizeof(int64);
	Size		size;

	if (n <= table->room || table->ncounts == 0)
		return;
	while (room < n)
		room = room > PG_UINT32_MAX / 2 ? PG_UINT32_MAX : room * 2;
	size = (Size) room * table->ncounts * sizeof(int64);
	table->rows = table->rows == NULL ?
		MemoryContextAllocHuge(table->context, size) :
		repalloc_huge(table->rows, size);
	memset((char *) table->rows + before, 0, size - before);
	table->room = room;
}

BisGroupTable *
BisGroupTableMake(const BisColumnTypes *types, BisGroupKey **keys, int nkeys,
				  const BisGroupCount *counts, int ncounts,
				  const BisSearch *const *filters, int nfilters)
{
	BisGroupTable *table = palloc0_object(BisGroupTable);

	table->context = CurrentMemoryContext;
	table->types = types;
	table->nkeys = nkeys;
	table->keys = keys;
	table->pairs = palloc0_array(Pairs, Max(nkeys, 1));
	for (int i = 1; i < nkeys; i++)
		table->pairs[i].map = bis_number_map_create(CurrentMemoryContext,
													FIRST_GROUPS, NULL);
	table->ncounts = ncounts;
	table->counts = counts;
	table->nfilters = nfilters;
	table->filters = filters;
	table->bits = palloc0_array(uint64 *, Max(nfilters, 1));
	table->readers = palloc0_array(BisColumnReader *, Max(ncounts, 1));
	reserve_groups(table, 1);
	return table;
}

/* Keep a window of a filter's articles: the callback of BisSearchSegment. */
static void
keep_filter_window(void *arg, BisSegment *segment pg_attribute_unused(),
				   uint32 first, const uint64 *bits)
{
	memcpy((uint64 *) arg + first / 64, bits,
		   BIS_WINDOW_WORDS * sizeof(uint64));
}

/* Go on with a segment. */
static void
begin_segment(void *arg, BisSegment *segment)
{
	BisGroupTable *table = arg;
	Size		nwindows = segment->header->ndocs / BIS_WINDOW + 1;
	Size		size = nwindows * BIS_WINDOW_WORDS * sizeof(uint64);

	table->segment = segment;
	for (int i = 0; i < table->nkeys; i++)
		BisGroupKeySegment(table->keys[i], segment);
	for (int i = 0; i < table->ncounts; i++)
	{
		if (table->counts[i].column >= 0)
			table->readers[i] = BisColumnOpen(segment, table->types,
											  table->counts[i].column);
	}
	for (int i = 0; i < table->nfilters; i++)
	{
		if (table->filters[i] == NULL)
			continue;
		table->bits[i] =
			MemoryContextAllocExtended(CurrentMemoryContext, size,
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		BisSearchSegment(table->filters[i], segment, NULL,
						 keep_filter_window, table->bits[i]);
	}
}

/* The number of a pair, which may be new. */
static uint32
pair_id(BisGroupTable *table, Pairs *pairs, uint32 group, uint32 value)
{
	uint64		pair = (uint64) group << 32 | value;
	uint32	   *id = BisNumberMapId(pairs->map, pair);

	if (*id != BIS_NO_ID)
		return *id;
	if (pairs->n == pairs->room)
	{
		Size		room = Max((Size) pairs->room * 2, FIRST_GROUPS);

		if (room > PG_UINT32_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many groups"),
					 errhint("Set bisearch.enable_groups to off.")));
		pairs->pairs = pairs->pairs == NULL ?
			MemoryContextAllocHuge(table->context, room * sizeof(uint64)) :
			repalloc_huge(pairs->pairs, room * sizeof(uint64));
		pairs->room = room;
	}
	pairs->pairs[pairs->n] = pair;
	*id = pairs->n++;
	return *id;
}

/* Unpack the articles of a window; returns how many they are. */
static int
unpack_window(BisGroupTable *table, const uint64 *bits)
{
	int			n = 0;

	for (int word = 0; word < BIS_WINDOW_WORDS; word++)
	{
		for (uint64 rest = bits[word]; rest != 0; rest &= rest - 1)
			table->docs[n++] = word * 64 + pg_rightmost_one_pos64(rest);
	}
	return n;
}

/* Find the groups of n articles of a window. */
static void
find_groups(BisGroupTable *table, uint32 first, int n)
{
	if (table->nkeys == 0)
		memset(table->groups, 0, n * sizeof(uint32));
	else
		BisGroupKeyIds(table->keys[0], first, table->docs, n, table->groups);
	for (int i = 1; i < table->nkeys; i++)
	{
		uint64		last = PG_UINT64_MAX;

		BisGroupKeyIds(table->keys[i], first, table->docs, n, table->ids);
		for (int j = 0; j < n; j++)
		{
			uint64		pair = (uint64) table->groups[j] << 32 | table->ids[j];

			table->groups[j] = pair == last ? table->groups[j - 1] :
				pair_id(table, &table->pairs[i], table->groups[j],
						table->ids[j]);
			last = pair;
		}
	}
}

/* Is a count without keys or columns one of bits? */
static bool
count_bits(BisGroupTable *table, int i, uint32 first, const uint64 *bits)
{
	int			filter = table->counts[i].filter;
	const uint64 *found;

	if (table->nkeys > 0 || table->counts[i].column >= 0)
		return false;
	if (filter < 0)
	{
		table->rows[i] += pg_popcount((const char *) bits,
									  BIS_WINDOW_WORDS * sizeof(uint64));
		return true;
	}
	found = table->bits[filter];
	for (int word = 0; word < BIS_WINDOW_WORDS && found != NULL; word++)
		table->rows[i] += pg_popcount64(bits[word] & found[first / 64 + word]);
	return true;
}

/* Add n articles of a window to count i. */
static void
count_articles(BisGroupTable *table, int i, uint32 first, int n)
{
	int			filter = table->counts[i].filter;
	BisColumnReader *reader = table->readers[i];
	const uint64 *found = filter >= 0 ? table->bits[filter] : NULL;
	int64	   *rows = table->rows + i;
	Size		ncounts = table->ncounts;

	if (filter >= 0 && found == NULL)
		return;
	for (int j = 0; j < n; j++)
	{
		uint32		doc = first + table->docs[j];
		int64		number;

		if (found != NULL && (found[doc / 64] >> doc % 64 & 1) == 0)
			continue;
		if (table->counts[i].column >= 0 &&
			!BisColumnGet(reader, doc, &number))
			continue;
		rows[table->groups[j] * ncounts]++;
	}
}

/* Add a window of visible rows. */
static void
add_window(void *arg, uint32 first, const uint64 *bits)
{
	BisGroupTable *table = arg;
	int			n = unpack_window(table, bits);

	CHECK_FOR_INTERRUPTS();
	find_groups(table, first, n);
	reserve_groups(table, BisGroupTableSize(table));
	for (int i = 0; i < table->ncounts; i++)
	{
		if (!count_bits(table, i, first, bits))
			count_articles(table, i, first, n);
	}
}

/* Add the visible row of a pending article. */
static void
add_pending(void *arg, void *content, Size size)
{
	BisGroupTable *table = arg;
	BisArticle	article;
	uint32		group = 0;

	BisArticleSplit(table->types, content, size, &article);
	for (int i = 0; i < table->nkeys; i++)
	{
		BisGroupKey *key = table->keys[i];
		int			column = BisGroupKeyColumn(key);
		uint32		id = BisGroupKeyIdOf(key, &article.values[column]);

		group = i == 0 ? id : pair_id(table, &table->pairs[i], group, id);
	}
	reserve_groups(table, BisGroupTableSize(table));
	for (int i = 0; i < table->ncounts; i++)
	{
		int			filter = table->counts[i].filter;
		int			column = table->counts[i].column;

		if (column >= 0 && article.values[column].isnull)
			continue;
		if (filter >= 0 &&
			(table->filters[filter] == NULL ||
			 !BisSearchMatches(table->filters[filter], content, size)))
			continue;
		table->rows[(Size) group * table->ncounts + i]++;
	}
}

const BisVisibleVisitor *
BisGroupTableVisitor(BisGroupTable *table)
{
	table->visitor.arg = table;
	table->visitor.segment = begin_segment;
	table->visitor.window = add_window;
	table->visitor.pending = add_pending;
	return &table->visitor;
}

uint32
BisGroupTableSize(const BisGroupTable *table)
{
	if (table->nkeys == 0)
		return 1;
	return table->nkeys == 1 ? BisGroupKeyCount(table->keys[0]) :
		table->pairs[table->nkeys - 1].n;
}

void
BisGroupTableGet(const BisGroupTable *table, uint32 group, Datum *values,
				 bool *isnull)
{
	uint32		rest = group;

	for (int i = table->nkeys - 1; i >= 0; i--)
	{
		uint64		pair = i > 0 ? table->pairs[i].pairs[rest] : rest;

		values[i] = BisGroupKeyValue(table->keys[i], (uint32) pair,
									 &isnull[i]);
		rest = pair >> 32;
	}
	for (int i = 0; i < table->ncounts; i++)
	{
		values[table->nkeys + i] =
			Int64GetDatum(table->rows[(Size) group * table->ncounts + i]);
		isnull[table->nkeys + i] = false;
	}
}
