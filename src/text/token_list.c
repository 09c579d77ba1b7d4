/*
 * token_list.c
 *	  A growing list of tokens.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "text/token_list.h"

void
BiAddToken(BiTokens *result, int32 start, int32 end)
{
	if (result->ntokens >= result->maxtokens)
	{
		Size		room = (Size) result->maxtokens * 2 + 64;

		if (room > PG_INT32_MAX)
			room = PG_INT32_MAX;
		if (result->tokens == NULL)
			result->tokens =
				MemoryContextAllocHuge(CurrentMemoryContext,
									   room * sizeof(BiToken));
		else
			result->tokens = repalloc_huge(result->tokens,
										   room * sizeof(BiToken));
		result->maxtokens = (int) room;
	}
	result->tokens[result->ntokens].start = start;
	result->tokens[result->ntokens].end = end;
	result->ntokens++;
}
