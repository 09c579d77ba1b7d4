/*
 * parse_state.h
 *	  What the steps of the parser pass to one another; private to query/.
 *
 *		text -> characters -> tokens -> tree -> packed bi_query
 *
 * There is one parser.  It repairs whatever it finds and records each repair
 * as a BiDiagnostic; the strict calls raise the first error, the lenient
 * calls ignore them, bi_check lists them.  Everything is allocated in the
 * context that is current when BiParse is called.
 */
#ifndef BI_PARSE_STATE_H
#define BI_PARSE_STATE_H

#include "nodes/pg_list.h"

#include "text/config.h"

/*
 * A character of the input, after removal of a backslash that made it text.
 */
typedef struct BiChar
{
	uint32		c;				/* code point */
	int32		src;			/* its place in the input, from 0 */
	uint8		flags;
	uint8		wild;			/* BiWild, set by BiClassify */
} BiChar;

/*
 * Bytes, up to three, that are not a Unicode character: this bit, their
 * number, and the bytes.  They are neither letter, digit nor sign.
 */
#define BI_RAW_CHAR		0x80000000

#define BI_CHAR_TEXT	0x01	/* escaped: is only text */
#define BI_CHAR_REFUSED 0x02	/* text because it was a refused wildcard */
#define BI_CHAR_LONG	0x04	/* of a word that is too long */

typedef enum BiWild
{
	BI_WILD_NONE,
	BI_WILD_STAR,				/* any run; N in a row: at most N characters */
	BI_WILD_ONE,				/* one character */
	BI_WILD_LONE				/* lone star in a phrase: exactly one word */
} BiWild;

typedef enum BiTokenKind
{
	BI_TOK_END,
	BI_TOK_OPEN,
	BI_TOK_CLOSE,
	BI_TOK_AND,
	BI_TOK_OR,
	BI_TOK_NOT,
	BI_TOK_ANDNOT,				/* "but not", "%" */
	BI_TOK_PROX,				/* flags and arg as in a PROX_JOIN */
	BI_TOK_ATLEAST,				/* arg = count */
	BI_TOK_FIELD,				/* arg = fields of the next operand */
	BI_TOK_WORD,
	BI_TOK_PHRASE
} BiTokenKind;

/* what "~" after a word asks for */
typedef enum BiFuzziness
{
	BI_EDITS_NONE,
	BI_EDITS_AUTO,				/* by the word's length */
	BI_EDITS_ONE,
	BI_EDITS_TWO
} BiFuzziness;

typedef struct BiQueryToken
{
	BiTokenKind kind;
	uint8		flags;			/* PROX: BI_WITHIN ... */
	uint8		form;			/* BI_FORM_x: how an operator was written */
	uint8		own;			/* FIELD, WORD, PHRASE: number of a field of
								 * one's own, of which it is a value; or 0 */
	uint8		compare;		/* ... and how the value is compared:
								 * BI_COMPARE_x */
	bool		exact;			/* WORD, PHRASE: "=" or "#" before it */
	bool		hash;			/* ... and it was "#" */
	BiFuzziness fuzziness;		/* WORD: followed by ~n */
	bool		has_slop;		/* PHRASE: followed by ~n */
	uint32		arg;
	uint32		slop;
	int			stars;			/* PHRASE: stars after the closing quote */
	int			first;			/* [first, last): all of its characters */
	int			last;
	int			from;			/* [from, to): of a word or phrase, its text */
	int			to;
} BiQueryToken;

/* how a field of one's own is compared with the value */
#define BI_COMPARE_LESS		0x01
#define BI_COMPARE_GREATER	0x02
#define BI_COMPARE_EQUAL	0x04

/* how an operator was written, where that decides whether it is one */
#define BI_FORM_SIGN		0x01	/* ! or - glued to its operand */
#define BI_FORM_LOWER		0x02	/* a word not all in capitals */
#define BI_FORM_CONTEXT		0x04	/* operator only between two operands */
#define BI_FORM_PLUS		0x08	/* ... and otherwise a number or letter */
#define BI_FORM_PERCENT		0x10	/* ... and otherwise punctuation */
#define BI_FORM_BUT			0x20	/* the word "but" */
#define BI_FORM_EXACTLY		0x40	/* <n>, in tsquery exactly n */

/* signs around words that do not group, though others let them */
typedef enum BiEnclosure
{
	BI_NO_ENCLOSURE,
	BI_BRACKETS,
	BI_BRACES,
	BI_SINGLE_QUOTES
} BiEnclosure;

/* Where the next of their closing signs is, if known: the first from "from" */
typedef struct BiClosing
{
	bool		known;
	int			from;
	int			at;
} BiClosing;

typedef enum BiMode
{
	BI_MODE_QUERY,				/* the language */
	BI_MODE_CHECK,				/* the same, with all that may surprise */
	BI_MODE_PLAIN,				/* chunks joined by AND */
	BI_MODE_PHRASE				/* one phrase */
} BiMode;

/* Do signs and operators mean anything in it? */
static inline bool
BiHasSyntax(BiMode mode)
{
	return mode == BI_MODE_QUERY || mode == BI_MODE_CHECK;
}

typedef struct BiParseState
{
	BiConfig	config;
	BiChar	   *chars;
	int			nchars;
	BiQueryToken *tokens;
	int			ntokens;
	int			maxtokens;
	BiClosing	closing[BI_SINGLE_QUOTES + 1];
	List	   *diagnostics;	/* of BiDiagnostic */
	int			nerrors;
	int			nwords;			/* bound so far, distributed ones as often as
								 * they occur in the tree */
	bool		full;			/* too many words: the rest is cut off */
	int			skipped;		/* characters of the input before chars */
	const char *fields_hint;	/* what fields there are; NULL: not yet made */
	char	   *dropped;		/* words that a dictionary dropped, as quoted
								 * in a message, or NULL */
} BiParseState;

#endif							/* BI_PARSE_STATE_H */
