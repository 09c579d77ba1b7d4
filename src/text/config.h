/*
 * config.h
 *	  What the query language needs to know of a text search configuration.
 */
#ifndef BI_CONFIG_H
#define BI_CONFIG_H

#include "text/fold.h"

typedef struct BiConfig
{
	Oid			oid;
	bool		exact_forms;	/* some dictionary keeps exact forms beside
								 * stems (our stemming template) */
	bool		unstemmed;		/* all dictionaries are of template simple,
								 * unaccent or our folding one: every form is
								 * exact */
	bool		folds;			/* some dictionary is of one of our templates;
								 * fold says how it folds */
	bool		direct;			/* our parser, and all its token types go to
								 * one dictionary of ours: BiAnalyze needs not
								 * go through the catalogs' functions */
	BiFoldOptions fold;
} BiConfig;

/*
 * Describe configuration oid.  Raises 42704 if it does not exist.  Loads its
 * dictionaries.
 */
extern void BiConfigOpen(Oid oid, BiConfig *config);

/*
 * The dictionary that all tokens of the configuration go to, if it has our
 * parser and that dictionary is one of ours; InvalidOid otherwise.
 */
extern Oid	BiConfigDirectDictionary(Oid oid);

#endif							/* BI_CONFIG_H */
