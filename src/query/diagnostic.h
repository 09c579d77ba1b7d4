/*
 * diagnostic.h
 *	  The parser's diagnostics: what it repaired, and what is suspicious.
 */
#ifndef BI_DIAGNOSTIC_H
#define BI_DIAGNOSTIC_H

#include "nodes/nodes.h"

#include "query/bi_query.h"
#include "query/parse_state.h"

typedef enum BiSeverity
{
	BI_ERROR,					/* the strict calls refuse it */
	BI_ERROR_FOLLOWS,			/* likewise, but perhaps caused by another
								 * error */
	BI_WARNING					/* valid, but perhaps not what was meant */
} BiSeverity;

typedef struct BiDiagnostic
{
	BiSeverity	severity;
	int			sqlstate;
	int			pos;			/* characters, from 0 */
	int			len;
	const char *message;		/* a phrase: "AND has no operand on its right" */
	const char *hint;			/* a sentence, or NULL */
} BiDiagnostic;

/* diagnostic.c */
extern void BiDiagnose(BiParseState *state, BiSeverity severity, int sqlstate,
					   int first, int last, const char *hint,
					   const char *fmt,...) pg_attribute_printf(7, 8);
extern char *BiQuoteInput(BiParseState *state, int first, int last);
extern int	BiCharIndex(const BiParseState *state, const BiChar *at);

/* report.c */
extern bool BiRaise(const BiParseState *state, const BiQuery *repaired,
					const char *input, int len, Node *context);
extern char *BiProposal(const BiQuery *repaired);
extern char *BiHint(const BiDiagnostic *diagnostic, char *proposal);
extern void BiNoticeDropped(const BiParseState *state);

#endif							/* BI_DIAGNOSTIC_H */
