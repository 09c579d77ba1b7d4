/*
 * estimate_budget.c
 *	  What the estimates of one statement may cost together.
 *
 * The planner asks for the selectivity of one condition at a time: of each
 * element of an array, of each operand of an OR, of a condition in each
 * partition.  One estimate is bounded, but nothing bounds their number.  So
 * all estimates of a planner's run share a budget.
 *
 * The planner has no place where an extension may keep something for a run,
 * so there is a list in static memory.  It is keyed by the address of the
 * run's PlannerGlobal.  An entry is allocated in the memory context that the
 * PlannerGlobal is in, and taken off the list when that context is reset or
 * deleted, which is what ends a run after an error, too.  So no entry stays
 * longer than the address of its run means that run, and runs within another
 * one, as of functions that the planner evaluates, have entries of their own.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "planner/estimate_budget.h"

/* for indexes: some 20 ms */
#define INDEX_BUDGET		1000000

/* estimates that what is left is to do for, at least */
#define SPREAD				64

/* with less than this an index tells nothing worth having */
#define LEAST_INDEX_WORK	1500

/* for statistics: some 20 ms */
#define STATISTICS_BUDGET	1000000

/* for prefixes and patterns, in bytes compared */
#define PATTERN_BUDGET		(1 << 24)

typedef struct Entry
{
	const PlannerGlobal *run;
	struct Entry *next;
	MemoryContextCallback callback;
	BisBudget	budget;
} Entry;

/* newest first */
static Entry *entries = NULL;

/* Take an entry off the list: its memory goes. */
static void
forget(void *entry)
{
	Entry	  **link = &entries;

	while (*link != NULL && *link != entry)
		link = &(*link)->next;
	if (*link != NULL)
		*link = (*link)->next;
}

BisBudget *
BisBudgetOf(PlannerInfo *root)
{
	MemoryContext context = GetMemoryChunkContext(root->glob);
	Entry	   *entry;

	for (entry = entries; entry != NULL; entry = entry->next)
	{
		if (entry->run == root->glob)
			return &entry->budget;
	}
	entry = MemoryContextAllocZero(context, sizeof(Entry));
	entry->run = root->glob;
	entry->budget.index_work = INDEX_BUDGET;
	entry->budget.statistics_work = STATISTICS_BUDGET;
	entry->budget.pattern_work = PATTERN_BUDGET;
	entry->callback.func = forget;
	entry->callback.arg = entry;
	MemoryContextRegisterResetCallback(context, &entry->callback);
	entry->next = entries;
	entries = entry;
	return &entry->budget;
}

/* The first estimates get all they want, the later ones less and less. */
int64
BisBudgetIndexWork(const BisBudget *budget, int64 most)
{
	int64		work = Min(most, budget->index_work / SPREAD);

	return work < LEAST_INDEX_WORK ? 0 : work;
}

static uint64
hash_query(const BiQuery *query)
{
	return DatumGetUInt64(hash_any_extended((const unsigned char *) query,
											VARSIZE(query), 0));
}

void
BisBudgetKeep(BisBudget *budget, const BiQuery *query, double selectivity)
{
	uint64		hash = hash_query(query);
	int			i = 0;

	while (i < budget->nkept && budget->kept[i].hash != hash)
		i++;
	if (i == BIS_MAX_KEPT)
		return;
	if (i == budget->nkept)
		budget->kept[budget->nkept++].hash = hash;
	budget->kept[i].sum += selectivity;
	budget->kept[i].n++;
}

double
BisBudgetKept(const BisBudget *budget, const BiQuery *query)
{
	uint64		hash = hash_query(query);

	for (int i = 0; i < budget->nkept; i++)
	{
		if (budget->kept[i].hash == hash)
			return budget->kept[i].sum / budget->kept[i].n;
	}
	return -1;
}
