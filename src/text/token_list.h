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
} BiTokens;

/*
 * Append one token; the array grows as needed, in the memory context that was
 * current when it was first allocated.
 */
extern void BiAddToken(BiTokens *result, int32 start, int32 end);

#endif							/* BI_TOKEN_LIST_H */
