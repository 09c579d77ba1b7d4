/*
 * estimate_budget.c
 *	  The budget that all estimates of one planner run share.
 *
 * The planner asks for the selectivity of one condition at a time: of each
 * element of an array, of each operand of an OR, of a condition in each
 * partition.  The cost of one estimate is bounded, but their number is not.
 * So all estimates of a planner run share a budget.
 *
 * The planner has no place where an extension could keep data for a run.  So
 * there is a static list of entries, keyed by the address of the run's
 * PlannerGlobal.  An entry is allocated in the memory context of the
 * PlannerGlobal, and removed from the list when that context is reset or
 * deleted, which happens at the end of a run even after an error.  So an
 * entry never outlives its PlannerGlobal, whose address might otherwise be
 * reused.  A run nested in another one, as for a function that the planner
 * evaluates, has an entry of its own.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "planner/estimate_budget.h"

/* work in indexes: about 20 ms */
#define INDEX_BUDGET		1000000

/* an estimate may use at most 1/N of the work that is left for indexes */
#define MIN_ESTIMATES				64

/* with less work than this, an index's answer is not worth having */
#define MIN_INDEX_WORK	1500

/* work on statistics: about 20 ms */
#define STATISTICS_BUDGET	1000000

/* work on prefixes and patterns, in bytes compared */
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

/* Remove an entry from the list: a callback, before its memory is freed. */
static void
remove_entry(void *entry)
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
	entry->callback.func = remove_entry;
	entry->callback.arg = entry;
	MemoryContextRegisterResetCallback(context, &entry->callback);
	entry->next = entries;
	entries = entry;
	return &entry->budget;
}

/* So the first estimates get all they want, and later ones less and less. */
int64
BisBudgetIndexWork(const BisBudget *budget, int64 most)
{
	int64		work = Min(most, budget->index_work / MIN_ESTIMATES);

	return work < MIN_INDEX_WORK ? 0 : work;
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
