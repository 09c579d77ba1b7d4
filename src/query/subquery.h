/*
 * subquery.h
 *	  A part of a query as a query of its own.
 */
#ifndef BI_SUBQUERY_H
#define BI_SUBQUERY_H

#include "query/bi_query.h"

/*
 * The subtree at node, a node of query that is no PHRASE and no LINK, as a
 * query of its own in the current memory context.  A phrase's slot becomes a
 * quoted word, whose text may say something else than its lexemes do (a stem
 * cannot be typed): BiIsReadable tells.
 */
extern BiQuery *BiSubquery(const BiQuery *query, const BiNode *node);

/* Bytes that BiSubquery takes for the subtree at node, or a little more. */
extern Size BiSubquerySize(const BiQuery *query, const BiNode *node);

/*
 * Does the query come back from its text as it is?  Reads dictionaries.
 * Never raises for what the text says.
 */
extern bool BiIsReadable(const BiQuery *query, Oid extension_schema);

#endif							/* BI_SUBQUERY_H */
