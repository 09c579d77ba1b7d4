/*
 * deparse.h
 *	  Queries and their parts as text that can be parsed again.
 */
#ifndef BI_DEPARSE_H
#define BI_DEPARSE_H

#include "lib/stringinfo.h"

#include "query/bi_query.h"

/*
 * The canonical text of the query (query-language section 10), with prefix
 * preceded by the name of its configuration; *len is its length, without the
 * terminating zero byte.
 */
extern char *BiDeparse(const BiQuery *query, bool prefix, int *len);

/*
 * Append, as they print: an ITEM with its field; a PROX_JOIN without blanks
 * around it; a WORD as it is searched for, its wildcards as they are typed; a
 * field's name and a colon, or nothing for all fields.
 */
extern void BiAppendItem(StringInfo buf, const BiQuery *query,
						 const BiNode *item);
extern void BiAppendProxJoin(StringInfo buf, const BiNode *join);
extern void BiAppendWord(StringInfo buf, const BiQuery *query,
						 const BiNode *word);
extern void BiAppendFields(StringInfo buf, uint8 fields);

/* The configuration's name, quoted if necessary. */
extern char *BiDeparseConfig(const BiQuery *query);

#endif							/* BI_DEPARSE_H */
