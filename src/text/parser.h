/*
 * parser.h
 *	  Token types of the text search parser.
 *
 * The numbers are those of the corresponding types of core's default parser,
 * because core's headline function, which we use, recognizes tokens by them;
 * that of the ampersand is one at which a headline does not end.
 */
#ifndef BI_PARSER_H
#define BI_PARSER_H

#include "fmgr.h"

#define BI_TYPE_WORD		2
#define BI_TYPE_CHARACTER	3	/* of parser bisearch_cjk only */
#define BI_TYPE_BLANK		12
#define BI_TYPE_AMPERSAND	20
#define BI_TYPE_NUMBER		22

extern Datum bi_cjk_parser_start(PG_FUNCTION_ARGS);
extern Datum bi_parser_token(PG_FUNCTION_ARGS);

#endif							/* BI_PARSER_H */
