/*
 * dict_template.h
 *	  The dictionary templates bisearch_fold and bisearch_stem.
 */
#ifndef BI_DICT_TEMPLATE_H
#define BI_DICT_TEMPLATE_H

#include "fmgr.h"
#include "tsearch/ts_public.h"

#include "text/fold.h"

/* What both templates keep for a dictionary (its cache entry's dictData). */
typedef struct BiDictionary
{
	BiFoldOptions fold;
	char	   *ampersand;		/* the word that an ampersand is, folded */
	char	   *abbreviations;	/* whose full stops end no sentence, separated
								 * by blanks, besides the usual ones; or NULL */
	char	   *fields;			/* BiReadFields() of the fields of one's own,
								 * or NULL */
	char	   *wrapped_name;	/* as given, NULL in bisearch_fold */
	Oid			schema;			/* the extension's, for an unqualified name */
	Oid			wrapped;		/* InvalidOid until first used */
} BiDictionary;

extern Datum bi_fold_lexize(PG_FUNCTION_ARGS);
extern Datum bi_stem_lexize(PG_FUNCTION_ARGS);

/*
 * The stems, prefixed with BI_STEM_SIGN, of the folded word of len bytes,
 * which is terminated: a list such as a lexize function returns, with
 * variants numbered from 2 (the exact form is 1).  NULL if there are none:
 * the word is a number, or the wrapped dictionary drops or does not know it.
 * Raises if that dictionary does not exist or has template bisearch_stem
 * itself.
 */
extern TSLexeme *BiStems(BiDictionary *dictionary, const char *word, int len);

#endif							/* BI_DICT_TEMPLATE_H */
