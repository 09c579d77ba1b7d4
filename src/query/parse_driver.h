/*
 * parse_driver.h
 *	  Text to packed query, and configurations by name.
 */
#ifndef BI_PARSE_DRIVER_H
#define BI_PARSE_DRIVER_H

#include "query/bi_query.h"
#include "query/parse_state.h"

/* configname.c */
extern Oid	BiReadPrefix(const char *text, int len, Oid extension_schema,
						 int *prefix, char **unknown);
extern Oid	BiDefaultConfig(Oid extension_schema);
extern Oid	BiSimpleConfig(void);
extern void BiConfigName(Oid config, Oid extension_schema, char **nsp,
						 char **name);

/* bi_query_io.c */
extern BiQuery *BiParseInput(BiParseState *state, const char *text, int len,
							 Oid config, BiMode mode, Oid extension_schema);

/* parse_driver.c */
extern BiQuery *BiParse(BiParseState *state, const char *text, int len,
						BiMode mode, const char *nsp, const char *name);

#endif							/* BI_PARSE_DRIVER_H */
