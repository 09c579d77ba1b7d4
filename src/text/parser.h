/*
 * parser.h
 *	  What the text search parser calls its tokens.
 *
 * The numbers are those that core's default parser gives to the like, since
 * core's headline function, which ours borrows, knows tokens by them.
 */
#ifndef BI_PARSER_H
#define BI_PARSER_H

#include "fmgr.h"

#define BI_TYPE_WORD	2
#define BI_TYPE_BLANK	12
#define BI_TYPE_NUMBER	22

extern Datum bi_parser_token(PG_FUNCTION_ARGS);

#endif							/* BI_PARSER_H */
