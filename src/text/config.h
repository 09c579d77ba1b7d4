/*
 * config.h
 *	  What the query language needs to know about a text search
 *	  configuration.
 */
#ifndef BI_CONFIG_H
#define BI_CONFIG_H

#include "text/fold.h"

typedef struct BiConfig
{
	Oid			oid;
	bool		exact_forms;	/* some dictionary keeps exact forms beside
								 * stems (our stemming template) */
	bool		unstemmed;		/* all dictionaries have template simple,
								 * unaccent or our folding one: every form is
								 * exact */
	bool		folds;			/* some dictionary has one of our templates;
								 * fold has its options */
	bool		direct;			/* our parser, and all its token types map to
								 * one dictionary of ours: BiAnalyze need not
								 * call them through the catalogs */
	BiFoldOptions fold;
} BiConfig;

/*
 * Describe configuration oid.  Raises 42704 if it does not exist.  Loads its
 * dictionaries.
 */
extern void BiConfigOpen(Oid oid, BiConfig *config);

/*
 * The dictionary to which all tokens of the configuration map, if it has our
 * parser and that dictionary is one of ours; InvalidOid otherwise.
 */
extern Oid	BiConfigDirectDictionary(Oid oid);

#endif							/* BI_CONFIG_H */
