/*
 * group_key.c
 *	  Numbering the values of a GROUP BY key.
 *
 * A step is evaluated, and the value's id looked up, once for each number of
 * the column, or for each code in a segment's dictionary; if it depends only
 * on the local day, once for each day.  Only values of articles whose rows
 * are visible are ever evaluated, so what raises an error is what does in a
 * sequential scan.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "index/group/group_key.h"
#include "index/group/local_day.h"
#include "index/group/number_map.h"

/* numbers around the first one whose ids are in an array */
#define NEAR_NUMBERS 16384

/* values that there is room for at first; a power of 2 */
#define FIRST_VALUES 64

/* memory per number of a map, about */
#define BYTES_PER_NUMBER 32

typedef struct Value
{
	Datum		datum;
	bool		isnull;
	uint32		hash;
} Value;

struct BisGroupKey
{
	MemoryContext context;		/* what the key was made in */
	const BisColumnTypes *types;
	int			column;
	const BisColumnType *type;
	ExprState  *step;			/* NULL: the column itself */
	ExprContext *econtext;
	int16		typlen;			/* of the values */
	bool		typbyval;
	FmgrInfo	hash;
	FmgrInfo	equal;
	Oid			collation;
	uint32		nvalues;
	uint32		room;			/* a power of 2 */
	Value	   *values;
	uint32	   *slots;			/* hash table of room * 2 ids, linear probing;
								 * BIS_NO_ID: free */
	BisLocalDays *days;			/* NULL: numbers count, not days */
	int			least_days;		/* of the unit that the step truncates to, or
								 * 0 */
	bool		local;			/* is what it gives a timestamp? */
	uint32		null_id;		/* of a null column, or BIS_NO_ID */
	int64		run_first;		/* numbers around the last one that have its
								 * id, run_id; if first is greater, none */
	int64		run_last;
	uint32		run_id;
	bool		any_number;		/* is near_first known? */
	int64		near_first;
	uint32	   *near;			/* ids of NEAR_NUMBERS numbers or days from
								 * near_first on, */
	bis_number_map_hash *far;	/* and of others */
	BisColumnReader *reader;	/* of the current segment */
	uint32	   *codes;			/* ids of its codes */
};

/* Is the step the column's value as it is? */
static bool
is_column_itself(const Expr *step)
{
	while (IsA(step, RelabelType))
		step = ((const RelabelType *) step)->arg;
	return IsA(step, CoerceToDomainValue);
}

static void
set_operators(BisGroupKey *key, const BisGroupKeyInfo *info)
{
	RegProcedure left;
	RegProcedure right;

	if (!get_op_hash_functions(info->equal, &left, &right))
		elog(ERROR, "could not find hash function for operator %u",
			 info->equal);
	fmgr_info(left, &key->hash);
	fmgr_info(get_opcode(info->equal), &key->equal);
	key->collation = info->collation;
}

/* Set key->days, if the step depends only on the local day. */
static void
set_days(BisGroupKey *key, const BisGroupKeyInfo *info)
{
	const pg_tz *zone = NULL;

	if (info->day == BIS_DAY_OF_SESSION)
		zone = session_timezone;
	else if (info->day == BIS_DAY_OF_ZONE)
		zone = pg_tzset(info->zone);
	/* of an unknown zone, the step will tell */
	if (info->day == BIS_NO_DAY ||
		(info->day == BIS_DAY_OF_ZONE && zone == NULL))
		return;
	key->least_days = info->least_days;
	key->local = exprType((Node *) info->step) == TIMESTAMPOID;
	key->days = palloc_object(BisLocalDays);
	BisLocalDaysInit(key->days, zone);
}

BisGroupKey *
BisGroupKeyMake(const BisGroupKeyInfo *info, PlanState *parent,
				ExprContext *econtext)
{
	BisGroupKey *key = palloc0_object(BisGroupKey);

	key->context = CurrentMemoryContext;
	key->types = info->types;
	key->column = info->column;
	key->type = &info->types->types[info->column];
	if (!is_column_itself(info->step))
		key->step = ExecInitExpr(info->step, parent);
	key->econtext = econtext;
	get_typlenbyval(exprType((Node *) info->step), &key->typlen,
					&key->typbyval);
	set_operators(key, info);
	key->room = FIRST_VALUES;
	key->values = palloc_array(Value, key->room);
	key->slots = palloc_array(uint32, key->room * 2);
	memset(key->slots, 0xFF, key->room * 2 * sizeof(uint32));
	set_days(key, info);
	key->null_id = BIS_NO_ID;
	key->run_first = PG_INT64_MAX;
	key->run_last = PG_INT64_MIN;
	key->near = palloc_array(uint32, NEAR_NUMBERS);
	memset(key->near, 0xFF, NEAR_NUMBERS * sizeof(uint32));
	key->far = bis_number_map_create(CurrentMemoryContext, 64, NULL);
	return key;
}

int
BisGroupKeyColumn(const BisGroupKey *key)
{
	return key->column;
}

void
BisGroupKeySegment(BisGroupKey *key, BisSegment *segment)
{
	Size		size;

	key->reader = BisColumnOpen(segment, key->types, key->column);
	if (!key->type->coded)
		return;
	size = Max(key->reader->info.nvalues, 1) * sizeof(uint32);
	key->codes = MemoryContextAllocHuge(CurrentMemoryContext, size);
	memset(key->codes, 0xFF, size);
}

/* Double the room for values. */
static void
enlarge(BisGroupKey *key)
{
	uint32		mask;

	if (key->room > PG_UINT32_MAX / 4)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many groups"),
				 errhint("Set bisearch.enable_groups to off.")));
	key->room *= 2;
	mask = key->room * 2 - 1;
	key->values = repalloc_huge(key->values,
								(Size) key->room * sizeof(Value));
	key->slots = repalloc_huge(key->slots,
							   (Size) key->room * 2 * sizeof(uint32));
	memset(key->slots, 0xFF, (Size) key->room * 2 * sizeof(uint32));
	for (uint32 id = 0; id < key->nvalues; id++)
	{
		uint32		at = key->values[id].hash & mask;

		if (id % FIRST_VALUES == 0)
			CHECK_FOR_INTERRUPTS();
		while (key->slots[at] != BIS_NO_ID)
			at = (at + 1) & mask;
		key->slots[at] = id;
	}
}

static bool
is_same(BisGroupKey *key, const Value *a, const Value *b)
{
	if (a->hash != b->hash || a->isnull != b->isnull)
		return false;
	return a->isnull ||
		DatumGetBool(FunctionCall2Coll(&key->equal, key->collation,
									   a->datum, b->datum));
}

/* The id of a value, which is a new one if there is none that equals it. */
static uint32
id_of(BisGroupKey *key, Datum datum, bool isnull)
{
	Value		value = {.datum = datum,.isnull = isnull};
	uint32		at;
	MemoryContext caller;

	if (!isnull)
		value.hash = DatumGetUInt32(FunctionCall1Coll(&key->hash,
													  key->collation, datum));
	/* a hash function need not spread its values */
	value.hash = BisNumberHash(value.hash);
	if (key->nvalues == key->room)
		enlarge(key);
	for (at = value.hash & (key->room * 2 - 1); key->slots[at] != BIS_NO_ID;
		 at = (at + 1) & (key->room * 2 - 1))
	{
		if (is_same(key, &key->values[key->slots[at]], &value))
			return key->slots[at];
	}
	caller = MemoryContextSwitchTo(key->context);
	if (!isnull)
		value.datum = datumCopy(datum, key->typbyval, key->typlen);
	MemoryContextSwitchTo(caller);
	key->values[key->nvalues] = value;
	key->slots[at] = key->nvalues;
	return key->nvalues++;
}

/*
 * The id of the step of a column's value, which may be in econtext's memory
 * per tuple.  Resets that.
 */
static uint32
step_id(BisGroupKey *key, Datum datum, bool isnull)
{
	ExprContext *econtext = key->econtext;
	MemoryContext caller =
		MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	uint32		id;

	CHECK_FOR_INTERRUPTS();
	if (key->step != NULL)
	{
		econtext->domainValue_datum = datum;
		econtext->domainValue_isNull = isnull;
		datum = ExecEvalExpr(key->step, econtext, &isnull);
	}
	id = id_of(key, datum, isnull);
	MemoryContextSwitchTo(caller);
	ResetExprContext(econtext);
	return id;
}

static uint32
null_id(BisGroupKey *key)
{
	if (key->null_id == BIS_NO_ID)
		key->null_id = step_id(key, (Datum) 0, true);
	return key->null_id;
}

/* Where the id is that is known for a number or day. */
static inline uint32 *
known_id(BisGroupKey *key, int64 number)
{
	uint64		distance;

	if (!key->any_number)
	{
		key->any_number = true;
		key->near_first = (int64) ((uint64) number - NEAR_NUMBERS / 2);
	}
	distance = (uint64) number - (uint64) key->near_first;
	if (distance < NEAR_NUMBERS)
		return &key->near[distance];
	/* what is forgotten is only found out again */
	if (key->far->members > (uint64) work_mem * 1024 / BYTES_PER_NUMBER)
		bis_number_map_reset(key->far);
	return BisNumberMapId(key->far, (uint64) number);
}

/*
 * The days that have the id of this one, as far as that is known: from *day
 * to what is returned.  If days are truncated to the start of a month, say,
 * these are all days that the month has at least.
 */
static int64
days_of_unit(BisGroupKey *key, uint32 id, int64 *day)
{
	const Value *start = &key->values[id];
	int64		first;

	if (key->least_days <= 1 || start->isnull ||
		TIMESTAMP_NOT_FINITE(DatumGetTimestamp(start->datum)))
		return *day;
	first = key->local ? BisDayOf(DatumGetTimestamp(start->datum)) :
		BisLocalDay(key->days, DatumGetTimestampTz(start->datum));
	/* if there is no midnight, the start may be on the day before */
	*day = Min(*day, first + 1);
	return Max(*day, first + key->least_days - 1);
}

/* The id of a finite number of which the local day counts. */
static uint32
day_id(BisGroupKey *key, int64 number)
{
	int64		day = BisLocalDay(key->days, number);
	uint32	   *known = known_id(key, day);
	bool		is_new = *known == BIS_NO_ID;
	int64		last;
	uint32		id;

	if (is_new)
		*known = step_id(key, BisNumberDatum(key->type, number), false);
	id = *known;
	last = days_of_unit(key, id, &day);
	BisLocalDaysRange(key->days, number, day, last, &key->run_first,
					  &key->run_last);
	key->run_id = id;
	for (day = Max(day, key->near_first);
		 is_new && day <= Min(last, key->near_first + NEAR_NUMBERS - 1); day++)
		key->near[day - key->near_first] = id;
	return id;
}

/* The id of a column's number, which is not among those of the last one. */
static uint32
other_number_id(BisGroupKey *key, int64 number)
{
	uint32	   *id;

	if (key->days != NULL && number >= key->type->first &&
		number <= key->type->last)
		return day_id(key, number);
	id = known_id(key, number);
	if (*id == BIS_NO_ID)
		*id = step_id(key, BisNumberDatum(key->type, number), false);
	key->run_first = key->run_last = number;
	key->run_id = *id;
	return *id;
}

/* The id of a column's number. */
static inline uint32
number_id(BisGroupKey *key, int64 number)
{
	if (number >= key->run_first && number <= key->run_last)
		return key->run_id;
	return other_number_id(key, number);
}

/* The id of a code of the current segment. */
static inline uint32
code_id(BisGroupKey *key, uint64 code)
{
	BisBytes	room = {0};
	MemoryContext caller;
	Datum		value;

	if (code >= key->reader->info.nvalues)
		BisCorrupted("code of a column");
	if (key->codes[code] != BIS_NO_ID)
		return key->codes[code];
	caller = MemoryContextSwitchTo(key->econtext->ecxt_per_tuple_memory);
	value = BisColumnDatum(key->reader, (int64) code, &room);
	MemoryContextSwitchTo(caller);
	key->codes[code] = step_id(key, value, false);
	return key->codes[code];
}

/* The id of article i of the loaded block. */
static inline uint32
article_id(BisGroupKey *key, uint32 i)
{
	int64		number;

	if (i >= key->reader->n)
		BisCorrupted("number of an article");
	if (BisColumnIsNull(key->reader, i))
		return null_id(key);
	number = BisColumnNumber(key->reader, i);
	return key->type->coded ? code_id(key, (uint64) number) :
		number_id(key, number);
}

/* Do all articles of the block have the value of one that was just seen? */
static bool
block_is_uniform(const BisGroupKey *key, const BisColumnBlock *block)
{
	if (BisColumnNulls(block) != BIS_NO_NULLS)
		return BisColumnNulls(block) == BIS_ALL_NULLS;
	return block->least == block->greatest ||
		(!key->type->coded && block->least >= key->run_first &&
		 block->greatest <= key->run_last);
}

void
BisGroupKeyIds(BisGroupKey *key, uint32 first, const uint16 *docs, int n,
			   uint32 *ids)
{
	for (int i = 0; i < n;)
	{
		uint32		number = (first + docs[i]) / BIS_COLUMN_DOCS;
		uint32		start = number * BIS_COLUMN_DOCS - first;
		bool		uniform;

		if (number >= BisColumnBlocks(key->reader->segment->header->ndocs))
			BisCorrupted("number of an article");
		(void) BisColumnReadBlock(key->reader, number);
		BisColumnLoad(key->reader);
		ids[i] = article_id(key, docs[i] - start);
		uniform = block_is_uniform(key, &key->reader->at);
		for (i++; i < n && docs[i] - start < BIS_COLUMN_DOCS; i++)
			ids[i] = uniform ? ids[i - 1] : article_id(key, docs[i] - start);
	}
}

uint32
BisGroupKeyIdOf(BisGroupKey *key, const BisValue *value)
{
	MemoryContext caller;
	Datum		datum;

	if (value->isnull)
		return null_id(key);
	if (!key->type->coded)
		return number_id(key, value->number);
	caller = MemoryContextSwitchTo(key->econtext->ecxt_per_tuple_memory);
	datum = BisValueDatum(key->type, value);
	MemoryContextSwitchTo(caller);
	return step_id(key, datum, false);
}

Datum
BisGroupKeyValue(const BisGroupKey *key, uint32 id, bool *isnull)
{
	*isnull = key->values[id].isnull;
	return key->values[id].datum;
}

uint32
BisGroupKeyCount(const BisGroupKey *key)
{
	return key->nvalues;
}
