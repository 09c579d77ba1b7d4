/*
 * deparse.h
 *	  Queries and their parts as text that reads back.
 */
#ifndef BI_DEPARSE_H
#define BI_DEPARSE_H

#include "lib/stringinfo.h"

#include "query/bi_query.h"

/*
 * The canonical text of the query (query-language section 10), with the name of
 * its configuration before it if prefix says so; *len is its length, without
 * the zero byte behind it.
 */
extern char *BiDeparse(const BiQuery *query, bool prefix, int *len);

/*
 * Append, as they print: an ITEM with its field; a LINK without blanks
 * around it; a WORD as it is looked for, its wildcards as they are typed; a
 * field's name and colon, nothing for all of them.
 */
extern void BiAppendItem(StringInfo buf, const BiQuery *query,
						 const BiNode *item);
extern void BiAppendProxJoin(StringInfo buf, const BiNode *link);
extern void BiAppendWord(StringInfo buf, const BiQuery *query,
						 const BiNode *word);
extern void BiAppendFields(StringInfo buf, uint8 fields);

/* The configuration's name, quoted where that is needed. */
extern char *BiDeparseConfig(const BiQuery *query);

#endif							/* BI_DEPARSE_H */
