/*
 * token_list.h
 *	  A growing list of tokens.
 */
#ifndef BI_TOKEN_LIST_H
#define BI_TOKEN_LIST_H

typedef struct BiToken
{
	int32		start;			/* byte offset of its first character */
	int32		end;			/* byte offset after its last */
} BiToken;

typedef struct BiTokens
{
	BiToken    *tokens;			/* palloc'd, grows */
	int			ntokens;
	int			maxtokens;
	bool		characters;		/* is each Chinese, Japanese or Korean
								 * character a token (character.h)? */
} BiTokens;

/* Make room for at least one more token. */
extern void BiGrowTokens(BiTokens *tokens);

/*
 * Append one token; the array grows as needed, in the memory context that was
 * current when it was first allocated.
 */
static inline void
BiAddToken(BiTokens *result, int32 start, int32 end)
{
	if (result->ntokens >= result->maxtokens)
		BiGrowTokens(result);
	result->tokens[result->ntokens].start = start;
	result->tokens[result->ntokens].end = end;
	result->ntokens++;
}

#endif							/* BI_TOKEN_LIST_H */
