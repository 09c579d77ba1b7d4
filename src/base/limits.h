/*
 * limits.h
 *	  Every bound of the query language and of stored values, in one place.
 */
#ifndef BI_LIMITS_H
#define BI_LIMITS_H

/* bytes of a query, as typed or as printed */
#define BI_MAX_QUERY_BYTES	(1 << 20)

/* word positions of a query; lone stars do not count */
#define BI_MAX_WORDS		65535

/* bytes of one word; core's parsetext() leaves out longer ones too */
#define BI_MAX_WORD_BYTES	2046

/* levels of nested operators; chains and redundant parentheses add none */
#define BI_MAX_DEPTH		1000

/* NEAR/n, PRE/n and "..."~n */
#define BI_MAX_DISTANCE		16383

/* /n and +n are operators up to this n, and numbers above it */
#define BI_MAX_SHORT_DISTANCE	255

/* distance of a bare NEAR */
#define BI_DEFAULT_DISTANCE 10

/* ATLEASTn */
#define BI_MAX_COUNT		255

/* characters of the input quoted in a message */
#define BI_MAX_QUOTED_CHARS 64

#endif							/* BI_LIMITS_H */
