/*
 * column_filter.c
 *	  Conditions of a search on stored columns.
 *
 * A condition compares a column with a value, or with any of an array, by an
 * operator of a btree family.  Which numbers satisfy it is found for each
 * segment by bisecting with the operator itself, as it never changes its
 * answer twice as they ascend; so time zones, types that differ and the like
 * are PostgreSQL's.  The result is a few ranges.  Of a coded column, each
 * code is looked up in its dictionary when an article has it, once, and the
 * operator is applied to the value.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "index/column/column_filter.h"

/* what a condition says of a block */
typedef enum Verdict
{
	NONE,
	SOME,
	ALL
} Verdict;

/* what is known of a code */
typedef enum CodeVerdict
{
	CODE_UNKNOWN,
	CODE_FALSE,
	CODE_TRUE
} CodeVerdict;

/* numbers first .. last */
typedef struct Range
{
	int64		first;
	int64		last;
} Range;

typedef struct Condition
{
	int			column;
	const BisColumnType *type;
	StrategyNumber strategy;	/* a btree's */
	Oid			collation;
	FmgrInfo	operator;
	FmgrInfo	at_least;		/* the operators >= and <= of the family, */
	FmgrInfo	at_most;		/* for = of numbers */
	int			nargs;			/* any of these, none of which is null */
	Datum	   *args;
} Condition;

struct BisFilter
{
	BisColumnTypes *types;
	MemoryContext scratch;		/* reset after each value */
	int			n;
	Condition	conditions[FLEXIBLE_ARRAY_MEMBER];
};

/* a condition, applied to a segment */
typedef struct Part
{
	Condition  *condition;
	BisColumnReader *reader;
	int			nranges;		/* ascending, without overlap */
	Range   *ranges;
	uint8	   *codes;			/* CodeVerdict of each, if coded */
} Part;

struct BisSegmentFilter
{
	BisFilter  *filter;
	BisSegment *segment;
	uint32		block;			/* the one that verdicts are of */
	Verdict		verdict;		/* of all parts */
	Verdict    *verdicts;
	Part	   *parts;
};

/* Set the condition's arguments from an array, leaving out nulls. */
static void
set_array(Condition *condition, Datum datum)
{
	ArrayType  *array = DatumGetArrayTypeP(datum);
	int16		typlen;
	bool		typbyval;
	char		typalign;
	bool	   *nulls;
	int			n;

	get_typlenbyvalalign(ARR_ELEMTYPE(array), &typlen, &typbyval, &typalign);
	deconstruct_array(array, ARR_ELEMTYPE(array), typlen, typbyval, typalign,
					  &condition->args, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i])
			condition->args[condition->nargs++] = condition->args[i];
	}
}

/* Set *operator to the column's operator with this strategy of a btree. */
static void
find_operator(Relation index, const Condition *condition, Oid right,
			  StrategyNumber strategy, FmgrInfo *operator)
{
	int			at = condition->type->attno - 1;
	Oid			left = index->rd_opcintype[at];
	Oid			oid = get_opfamily_member(index->rd_opfamily[at], left,
										  OidIsValid(right) ? right : left,
										  strategy + BIS_COLUMN_STRATEGY);

	if (!OidIsValid(oid))
		elog(ERROR, "missing operator %d(%u,%u) in opfamily %u",
			 strategy + BIS_COLUMN_STRATEGY, left,
			 OidIsValid(right) ? right : left, index->rd_opfamily[at]);
	fmgr_info(get_opcode(oid), operator);
}

static void
make_condition(Relation index, BisColumnTypes *types, ScanKey key,
			   Condition *condition)
{
	condition->column = key->sk_attno - 2;
	condition->type = &types->types[condition->column];
	condition->strategy = key->sk_strategy - BIS_COLUMN_STRATEGY;
	condition->collation = key->sk_collation;
	find_operator(index, condition, key->sk_subtype, condition->strategy,
				  &condition->operator);
	if (!condition->type->coded &&
		condition->strategy == BTEqualStrategyNumber)
	{
		find_operator(index, condition, key->sk_subtype,
					  BTGreaterEqualStrategyNumber, &condition->at_least);
		find_operator(index, condition, key->sk_subtype,
					  BTLessEqualStrategyNumber, &condition->at_most);
	}
	condition->nargs = 0;
	if (key->sk_flags & SK_SEARCHARRAY)
		set_array(condition, key->sk_argument);
	else
	{
		condition->args = palloc_object(Datum);
		condition->args[condition->nargs++] = key->sk_argument;
	}
}

BisFilter *
BisFilterMake(Relation index, ScanKey keys, int nkeys)
{
	BisFilter  *filter = NULL;

	for (int i = 0; i < nkeys; i++)
	{
		if (keys[i].sk_attno == 1)
			continue;
		if (filter == NULL)
		{
			filter = palloc0(offsetof(BisFilter, conditions) +
							 nkeys * sizeof(Condition));
			filter->types = BisColumnTypesOf(index);
			filter->scratch = AllocSetContextCreate(CurrentMemoryContext,
													"bisearch value",
													ALLOCSET_SMALL_SIZES);
		}
		make_condition(index, filter->types, &keys[i],
					   &filter->conditions[filter->n++]);
	}
	return filter;
}

static bool
is_true(FmgrInfo *operator, const Condition *condition, Datum value,
		Datum arg)
{
	return DatumGetBool(FunctionCall2Coll(operator, condition->collation,
										  value, arg));
}

/* Does a value satisfy the condition? */
static bool
value_matches(Condition *condition, Datum value)
{
	for (int i = 0; i < condition->nargs; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_true(&condition->operator, condition, value,
					condition->args[i]))
			return true;
	}
	return false;
}

bool
BisFilterMatches(BisFilter *filter, const BisValue *values)
{
	MemoryContext caller = MemoryContextSwitchTo(filter->scratch);
	bool		matches = true;

	for (int i = 0; i < filter->n && matches; i++)
	{
		Condition  *condition = &filter->conditions[i];
		const BisValue *value = &values[condition->column];

		matches = !value->isnull &&
			value_matches(condition, BisValueDatum(condition->type, value));
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(filter->scratch);
	return matches;
}

/* Does a number satisfy the operator with an argument? */
static bool
number_matches(FmgrInfo *operator, const Condition *condition, int64 number,
			   Datum arg)
{
	const BisColumnType *type = condition->type;

	/* where an operator need not know what a number between means */
	if (number < type->first)
		number = PG_INT64_MIN;
	else if (number > type->last)
		number = PG_INT64_MAX;
	return is_true(operator, condition, BisNumberDatum(type, number), arg);
}

/*
 * The numbers of range all satisfy the operator from one of them on, if
 * rising, or up to one of them, if not.  Cut off those that do not; false if
 * none does.
 */
static bool
cut_range(FmgrInfo *operator, const Condition *condition, Datum arg,
			 bool rising, Range *range)
{
	int64		low = range->first;
	int64		high = range->last;

	if (!number_matches(operator, condition, rising ? high : low, arg))
		return false;
	/* low .. high has the last or first one that satisfies it */
	while (low < high)
	{
		uint64		distance = (uint64) high - (uint64) low;
		int64		middle = (int64) ((uint64) low + distance / 2 +
									  (rising ? 0 : distance % 2));

		if (number_matches(operator, condition, middle, arg))
		{
			if (rising)
				high = middle;
			else
				low = middle;
		}
		else if (rising)
			low = middle + 1;
		else
			high = middle - 1;
	}
	if (rising)
		range->first = low;
	else
		range->last = low;
	return true;
}

/* Cut range to what satisfies the condition with one argument. */
static bool
range_of(Condition *condition, Datum arg, Range *range)
{
	switch (condition->strategy)
	{
		case BTLessStrategyNumber:
		case BTLessEqualStrategyNumber:
			return cut_range(&condition->operator, condition, arg, false,
								range);
		case BTEqualStrategyNumber:
			return cut_range(&condition->at_least, condition, arg, true,
								range) &&
				cut_range(&condition->at_most, condition, arg, false,
							 range);
		default:
			return cut_range(&condition->operator, condition, arg, true,
								range);
	}
}

static int
compare_ranges(const void *a, const void *b, void *arg pg_attribute_unused())
{
	int64		left = ((const Range *) a)->first;
	int64		right = ((const Range *) b)->first;

	return left < right ? -1 : left > right;
}

/* Sort the part's ranges, and unite those that overlap. */
static void
unite_ranges(Part *part)
{
	int			n = 0;

	qsort_interruptible(part->ranges, part->nranges, sizeof(Range),
						compare_ranges, NULL);
	for (int i = 0; i < part->nranges; i++)
	{
		Range   *last = &part->ranges[Max(n - 1, 0)];

		if (n > 0 && part->ranges[i].first <= last->last)
			last->last = Max(last->last, part->ranges[i].last);
		else
			part->ranges[n++] = part->ranges[i];
	}
	part->nranges = n;
}

/* The least and greatest number of a column of the segment; false if none. */
static bool
column_extent(BisColumnReader *reader, Range *extent)
{
	uint32		nblocks = BisColumnBlocks(reader->segment->header->ndocs);

	extent->first = PG_INT64_MAX;
	extent->last = PG_INT64_MIN;
	for (uint32 block = 0; block < nblocks; block++)
	{
		const BisColumnBlock *at = BisColumnReadBlock(reader, block);

		if (BisColumnNulls(at) == BIS_ALL_NULLS)
			continue;
		extent->first = Min(extent->first, at->least);
		extent->last = Max(extent->last, at->greatest);
	}
	return extent->first <= extent->last;
}

/* Find the ranges of numbers that satisfy the part's condition. */
static void
find_ranges(Part *part)
{
	Condition  *condition = part->condition;
	Range	extent;

	part->ranges = palloc_array(Range, Max(condition->nargs, 1));
	if (!column_extent(part->reader, &extent))
		return;
	for (int i = 0; i < condition->nargs; i++)
	{
		Range	range = extent;

		CHECK_FOR_INTERRUPTS();
		if (range_of(condition, condition->args[i], &range))
			part->ranges[part->nranges++] = range;
	}
	unite_ranges(part);
}

BisSegmentFilter *
BisFilterSegment(BisFilter *filter, BisSegment *segment)
{
	BisSegmentFilter *result;

	if (filter == NULL)
		return NULL;
	result = palloc0_object(BisSegmentFilter);
	result->filter = filter;
	result->segment = segment;
	result->block = PG_UINT32_MAX;
	result->verdicts = palloc0_array(Verdict, filter->n);
	result->parts = palloc0_array(Part, filter->n);
	for (int i = 0; i < filter->n; i++)
	{
		Part	   *part = &result->parts[i];

		part->condition = &filter->conditions[i];
		part->reader = BisColumnOpen(segment, filter->types,
									 part->condition->column);
		if (!part->condition->type->coded)
			find_ranges(part);
		else
		{
			Size		size = Max(part->reader->info.nvalues, 1);

			part->codes = MemoryContextAllocHuge(CurrentMemoryContext, size);
			memset(part->codes, CODE_UNKNOWN, size);
		}
	}
	return result;
}

/* Does a code satisfy the part's condition? */
static bool
code_matches(BisSegmentFilter *filter, Part *part, int64 code)
{
	BisFilter  *whole = filter->filter;

	if (code < 0 || (uint64) code >= part->reader->info.nvalues)
		BisCorrupted("code of a column");
	if (part->codes[code] == CODE_UNKNOWN)
	{
		MemoryContext caller = MemoryContextSwitchTo(whole->scratch);
		BisBytes	room = {0};
		Datum		value = BisColumnDatum(part->reader, code, &room);

		part->codes[code] = value_matches(part->condition, value) ?
			CODE_TRUE : CODE_FALSE;
		MemoryContextSwitchTo(caller);
		MemoryContextReset(whole->scratch);
	}
	return part->codes[code] == CODE_TRUE;
}

/* The first range that does not end before number, or the end. */
static inline const Range *
find_range(const Part *part, int64 number)
{
	const Range *low = part->ranges;
	int			n = part->nranges;

	while (n > 0)
	{
		int			half = n / 2;

		if (low[half].last < number)
		{
			low += half + 1;
			n -= half + 1;
		}
		else
			n = half;
	}
	return low;
}

/* What a part says of the block that its reader is at. */
static Verdict
judge_block(BisSegmentFilter *filter, Part *part)
{
	const BisColumnBlock *at = &part->reader->at;
	const Range *range;
	bool		all;

	if (BisColumnNulls(at) == BIS_ALL_NULLS)
		return NONE;
	if (part->condition->type->coded)
	{
		if (at->least < at->greatest)
			return SOME;
		all = code_matches(filter, part, at->least);
		return !all ? NONE : BisColumnNulls(at) == BIS_NO_NULLS ? ALL : SOME;
	}
	range = find_range(part, at->least);
	if (range == part->ranges + part->nranges ||
		range->first > at->greatest)
		return NONE;
	return range->first <= at->least && at->greatest <= range->last &&
		BisColumnNulls(at) == BIS_NO_NULLS ? ALL : SOME;
}

/* Find out what the filter says of a block. */
static Verdict
find_verdict(BisSegmentFilter *filter, uint32 block)
{
	if (filter->block == block)
		return filter->verdict;
	filter->verdict = ALL;
	for (int i = 0; i < filter->filter->n && filter->verdict != NONE; i++)
	{
		(void) BisColumnReadBlock(filter->parts[i].reader, block);
		filter->verdicts[i] = judge_block(filter, &filter->parts[i]);
		filter->verdict = Min(filter->verdict, filter->verdicts[i]);
	}
	filter->block = block;
	return filter->verdict;
}

bool
BisFilterIsAll(BisSegmentFilter *filter)
{
	uint32		nblocks = BisColumnBlocks(filter->segment->header->ndocs);

	for (uint32 block = 0; block < nblocks; block++)
	{
		CHECK_FOR_INTERRUPTS();
		if (find_verdict(filter, block) != ALL)
			return false;
	}
	return true;
}

uint32
BisFilterAdvance(BisSegmentFilter *filter, uint32 doc)
{
	uint32		nblocks = BisColumnBlocks(filter->segment->header->ndocs);

	for (uint32 block = doc / BIS_COLUMN_DOCS; block < nblocks; block++)
	{
		CHECK_FOR_INTERRUPTS();
		if (find_verdict(filter, block) != NONE)
			return Max(doc, block * BIS_COLUMN_DOCS);
	}
	return BIS_NO_DOC;
}

/* Does article i of the current block satisfy a part that says SOME? */
static inline bool
part_has(BisSegmentFilter *filter, Part *part, uint32 i)
{
	const Range *range;
	int64		number;

	if (BisColumnIsNull(part->reader, i))
		return false;
	number = BisColumnNumber(part->reader, i);
	if (part->condition->type->coded)
		return code_matches(filter, part, number);
	range = find_range(part, number);
	return range < part->ranges + part->nranges &&
		range->first <= number;
}

bool
BisFilterHas(BisSegmentFilter *filter, uint32 doc)
{
	Verdict		verdict = find_verdict(filter, doc / BIS_COLUMN_DOCS);

	for (int i = 0; i < filter->filter->n && verdict == SOME; i++)
	{
		if (filter->verdicts[i] != SOME)
			continue;
		BisColumnLoad(filter->parts[i].reader);
		if (!part_has(filter, &filter->parts[i], doc % BIS_COLUMN_DOCS))
			return false;
	}
	return verdict != NONE;
}

/* Clear the bits of articles of the current block that fail a part. */
static void
clear_part_bits(BisSegmentFilter *filter, Part *part, uint64 *bits, int n)
{
	bool		loaded = false;

	for (int word = 0; word < n; word++)
	{
		for (uint64 rest = bits[word]; rest != 0; rest &= rest - 1)
		{
			uint32		i = word * 64 + pg_rightmost_one_pos64(rest);

			if (!loaded)
				BisColumnLoad(part->reader);
			loaded = true;
			if (i >= part->reader->n)
				BisCorrupted("number of an article");
			if (!part_has(filter, part, i))
				bits[word] &= ~(rest & -rest);
		}
	}
}

void
BisFilterBits(BisSegmentFilter *filter, uint32 first, uint64 *bits, int n)
{
	int			step = BIS_COLUMN_DOCS / 64;

	for (int word = 0; word < n; word += step)
	{
		uint32		doc = first + word * 64;
		Verdict		verdict;

		CHECK_FOR_INTERRUPTS();
		if (doc >= filter->segment->header->ndocs)
			break;
		verdict = find_verdict(filter, doc / BIS_COLUMN_DOCS);
		if (verdict == NONE)
			memset(bits + word, 0, Min(step, n - word) * sizeof(uint64));
		for (int i = 0; i < filter->filter->n && verdict == SOME; i++)
		{
			if (filter->verdicts[i] == SOME)
				clear_part_bits(filter, &filter->parts[i], bits + word,
								Min(step, n - word));
		}
	}
}
