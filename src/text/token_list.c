/*
 * token_list.c
 *	  A growing list of tokens.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "text/token_list.h"

void
BiGrowTokens(BiTokens *tokens)
{
	Size		room = (Size) tokens->maxtokens * 2 + 64;

	room = Min(room, PG_INT32_MAX);
	if (tokens->tokens == NULL)
		tokens->tokens = MemoryContextAllocHuge(CurrentMemoryContext,
												room * sizeof(BiToken));
	else
		tokens->tokens = repalloc_huge(tokens->tokens,
									   room * sizeof(BiToken));
	tokens->maxtokens = (int) room;
}
