/*
 * subquery.h
 *	  A part of a query as a query of its own, and its words for people.
 */
#ifndef BI_OPERAND_H
#define BI_OPERAND_H

#include "lib/stringinfo.h"

#include "query/bi_query.h"

/*
 * The subtree at node, a node of query that is no PHRASE and no LINK, as a
 * query of its own in the current memory context.  A phrase's slot becomes a
 * quoted word, whose text may say something else than its lexemes do (a stem
 * cannot be typed): BiIsReadable tells.
 */
extern BiQuery *BiOperand(const BiQuery *query, const BiNode *node);

/* Bytes that BiOperand takes for the subtree at node, or a little more. */
extern Size BiOperandSize(const BiQuery *query, const BiNode *node);

/*
 * Does the query come back from its text as it is?  Reads dictionaries.
 * Never raises for what the text says.
 */
extern bool BiIsReadable(const BiQuery *query, Oid extension_schema);

/*
 * Append, as they print: an ITEM with its field; a LINK without blanks
 * around it; a WORD as it is looked for, its wildcards as they are typed; a
 * field's name and colon, nothing for all of them.
 */
extern void BiAppendItem(StringInfo buf, const BiQuery *query,
						 const BiNode *item);
extern void BiAppendLink(StringInfo buf, const BiNode *link);
extern void BiAppendWord(StringInfo buf, const BiQuery *query,
						 const BiNode *word);
extern void BiAppendFields(StringInfo buf, uint8 fields);

/* The configuration's name, quoted where that is needed. */
extern char *BiPrintConfig(const BiQuery *query);

#endif							/* BI_OPERAND_H */
