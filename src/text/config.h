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
	bool		direct;			/* BiConfigIsDirect() */
	BiFoldOptions fold;
	const char *fields;			/* of one's own, as BiReadFields() gives them,
								 * or NULL */
	const char *abbreviations;	/* whose full stops end no sentence, besides
								 * the usual ones: separated by blanks, or
								 * NULL */
} BiConfig;

/*
 * Describe configuration oid.  Raises 42704 if it does not exist.  Loads its
 * dictionaries.
 */
extern void BiConfigOpen(Oid oid, BiConfig *config);

/*
 * Whether the configuration has our parser, and maps its words and numbers to
 * one dictionary of ours and ampersands to one or none, so that BiAnalyze
 * need not call them through the catalogs.  Sets *words to the former, and
 * *ampersand to the latter or InvalidOid.
 */
extern bool BiConfigIsDirect(Oid oid, Oid *words, Oid *ampersand);

#endif							/* BI_CONFIG_H */
