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
	bool		characters;		/* each Chinese, Japanese or Korean character
								 * is a word: it has parser bisearch_cjk */
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

/* The dictionaries of a configuration that is direct. */
typedef struct BiConfigMap
{
	Oid			words;			/* and numbers */
	Oid			ampersand;		/* or InvalidOid */
	Oid			characters;		/* InvalidOid with parser bisearch */
} BiConfigMap;

/*
 * Whether the configuration has one of our parsers, and maps its words and
 * numbers to one dictionary of ours, ampersands to one or none, and
 * characters to one that folds, so that BiAnalyze need not call them through
 * the catalogs.  Fills *map if so.
 */
extern bool BiConfigIsDirect(Oid oid, BiConfigMap *map);

#endif							/* BI_CONFIG_H */
