/*
 * fn_extra_query.c
 *	  A function's last bi_query argument, prepared once and not per row.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/compat.h"
#include "match/fn_extra_query.h"

BiFnExtraQuery *
BiFnExtraState(FunctionCallInfo fcinfo, Size size)
{
	MemoryContext parent = CurrentMemoryContext;
	BiFnExtraQuery *memo;

	if (fcinfo->flinfo != NULL)
	{
		if (fcinfo->flinfo->fn_extra != NULL)
			return fcinfo->flinfo->fn_extra;
		parent = fcinfo->flinfo->fn_mcxt;
	}

	memo = MemoryContextAllocZero(parent, size);
	memo->context = AllocSetContextCreate(parent, "bisearch query",
										  ALLOCSET_SMALL_SIZES);
	if (fcinfo->flinfo != NULL)
		fcinfo->flinfo->fn_extra = memo;
	return memo;
}

bool
BiFnExtraSet(BiFnExtraQuery *memo, Datum datum)
{
	struct varlena *given = (struct varlena *) DatumGetPointer(datum);
	MemoryContext caller;
	Size		size;

	/*
	 * A pointer to a toast table stands for its value, whose number is not
	 * given again while a statement can see it.  Other pointers point into
	 * memory and say nothing.
	 */
	if (VARATT_IS_EXTERNAL(given) && !VARATT_IS_EXTERNAL_ONDISK(given))
		given = PG_DETOAST_DATUM(datum);

	size = VARSIZE_ANY(given);
	if (memo->seen != NULL && VARSIZE_ANY(memo->seen) == size &&
		memcmp(memo->seen, given, size) == 0)
		return false;

	memo->seen = NULL;
	MemoryContextReset(memo->context);
	caller = MemoryContextSwitchTo(memo->context);
	given = memcpy(palloc(size), given, size);
	memo->query = BiQueryGet(PointerGetDatum(given));
	MemoryContextSwitchTo(caller);
	memo->seen = given;
	return true;
}
