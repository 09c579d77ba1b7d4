/*
 * subquery.h
 *	  A part of a query as a query of its own.
 */
#ifndef BI_SUBQUERY_H
#define BI_SUBQUERY_H

#include "query/bi_query.h"

/*
 * The subtree at node, a node of query that is neither a PHRASE nor a
 * PROX_JOIN, as a query of its own in the current memory context.  A phrase's
 * slot becomes a quoted word, whose text may differ in meaning from its
 * lexemes (a stem cannot be typed): check with BiIsReadable.
 */
extern BiQuery *BiSubquery(const BiQuery *query, const BiNode *node);

/* Bytes that BiSubquery takes for the subtree at node, or a little more. */
extern Size BiSubquerySize(const BiQuery *query, const BiNode *node);

/*
 * Does parsing the query's text give the same query?  Loads dictionaries.
 * Never raises because of the text.
 */
extern bool BiIsReadable(const BiQuery *query, Oid extension_schema);

#endif							/* BI_SUBQUERY_H */
