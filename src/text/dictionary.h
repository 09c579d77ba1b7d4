/*
 * dictionary.h
 *	  The dictionary templates bisearch_fold and bisearch_stem.
 */
#ifndef BI_DICTIONARY_H
#define BI_DICTIONARY_H

#include "fmgr.h"
#include "tsearch/ts_public.h"

#include "text/fold.h"

/* What both templates keep of a dictionary (its cache entry's dictData). */
typedef struct BiDictionary
{
	BiFoldOptions fold;
	char	   *wrapped_name;	/* as given, NULL in bisearch_fold */
	Oid			wrapped;		/* InvalidOid until first used */
} BiDictionary;

extern Datum bi_fold_lexize(PG_FUNCTION_ARGS);
extern Datum bi_stem_lexize(PG_FUNCTION_ARGS);

/*
 * The lexemes that the dictionary wrapped gives for the folded word, as a
 * list like any lexize function's; NULL if there are none, as for numbers.  Raises if the
 * dictionary does not exist or is of template bisearch_stem itself.
 */
extern TSLexeme *BiWrappedLexize(BiDictionary *dictionary,
								 const char *word, int len);

#endif							/* BI_DICTIONARY_H */
