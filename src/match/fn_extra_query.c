/*
 * fn_extra_query.c
 *	  A function's last bi_query argument, cached in fn_extra.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/compat.h"
#include "match/fn_extra_query.h"

BiFnExtraQuery *
BiFnExtraState(FunctionCallInfo fcinfo, Size size)
{
	MemoryContext parent = CurrentMemoryContext;
	BiFnExtraQuery *cached;

	if (fcinfo->flinfo != NULL)
	{
		if (fcinfo->flinfo->fn_extra != NULL)
			return fcinfo->flinfo->fn_extra;
		parent = fcinfo->flinfo->fn_mcxt;
	}

	cached = MemoryContextAllocZero(parent, size);
	cached->context = AllocSetContextCreate(parent, "bisearch query",
											ALLOCSET_SMALL_SIZES);
	if (fcinfo->flinfo != NULL)
		fcinfo->flinfo->fn_extra = cached;
	return cached;
}

bool
BiFnExtraSet(BiFnExtraQuery *cached, Datum datum)
{
	struct varlena *given = (struct varlena *) DatumGetPointer(datum);
	MemoryContext caller;
	Size		size;

	/*
	 * A pointer to a toast table identifies its value, whose OID is not
	 * reused while the statement can see it.  Other external pointers point
	 * into memory and identify nothing.
	 */
	if (VARATT_IS_EXTERNAL(given) && !VARATT_IS_EXTERNAL_ONDISK(given))
		given = PG_DETOAST_DATUM(datum);

	size = VARSIZE_ANY(given);
	if (cached->seen != NULL && VARSIZE_ANY(cached->seen) == size &&
		memcmp(cached->seen, given, size) == 0)
		return false;

	cached->seen = NULL;
	MemoryContextReset(cached->context);
	caller = MemoryContextSwitchTo(cached->context);
	given = memcpy(palloc(size), given, size);
	cached->query = BiQueryGet(PointerGetDatum(given));
	MemoryContextSwitchTo(caller);
	cached->seen = given;
	return true;
}
