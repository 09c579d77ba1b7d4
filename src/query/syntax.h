/*
 * syntax.h
 *	  What the parts of the parser hand to one another; private to query/.
 *
 *		text -> characters -> tokens -> tree -> packed bi_query
 *
 * There is one parser.  It repairs whatever it meets and notes each repair
 * as a BiFinding; the strict calls raise the first that is an error, the
 * lenient calls ignore them, bi_check lists them.  Everything is allocated
 * in the context that is current when BiParse is called.
 */
#ifndef BI_SYNTAX_H
#define BI_SYNTAX_H

#include "nodes/nodes.h"
#include "nodes/pg_list.h"

#include "query/bi_query.h"
#include "text/config.h"

/*
 * A character of the input, a backslash that made the next one text already
 * taken away.
 */
typedef struct BiChar
{
	uint32		c;				/* code point */
	int32		src;			/* its place in the input, from 0 */
	uint8		flags;
	uint8		wild;			/* BiWild, set by BiClassify */
} BiChar;

/*
 * What is no character of Unicode stands as its own bytes, up to three: this
 * bit, their number, and the bytes.  It is neither letter, digit nor sign.
 */
#define BI_RAW_CHAR		0x80000000

#define BI_CHAR_TEXT	0x01	/* escaped: acts as nothing but text */
#define BI_CHAR_REFUSED 0x02	/* text because it was a bad wildcard */
#define BI_CHAR_LONG	0x04	/* of a word that is too long */

typedef enum BiWild
{
	BI_WILD_NONE,
	BI_WILD_STAR,				/* any run; several in a row: so many */
	BI_WILD_ONE,				/* one character */
	BI_WILD_LONE				/* lone star in a phrase: exactly one word */
} BiWild;

typedef enum BiSeverity
{
	BI_ERROR,					/* the strict calls refuse it */
	BI_ERROR_FOLLOWS,			/* so too, but another error may be why */
	BI_WARNING					/* means something, perhaps not what was
								 * meant */
} BiSeverity;

typedef struct BiFinding
{
	BiSeverity	severity;
	int			sqlstate;
	int			pos;			/* characters, from 0 */
	int			len;
	const char *message;		/* a phrase: "AND has no operand on its
								 * right" */
	const char *hint;			/* a sentence, or NULL */
} BiFinding;

typedef enum BiTokenKind
{
	BI_TOK_END,
	BI_TOK_OPEN,
	BI_TOK_CLOSE,
	BI_TOK_AND,
	BI_TOK_OR,
	BI_TOK_NOT,
	BI_TOK_ANDNOT,				/* "but not", "%" */
	BI_TOK_PROX,				/* flags and arg as in a LINK */
	BI_TOK_ATLEAST,				/* arg = count */
	BI_TOK_FIELD,				/* arg = fields of the next operand */
	BI_TOK_WORD,
	BI_TOK_PHRASE
} BiTokenKind;

typedef struct BiQueryToken
{
	BiTokenKind kind;
	uint8		flags;			/* PROX: BI_WITHIN ... */
	uint8		form;			/* BI_FORM_x: how an operator was written */
	bool		exact;			/* WORD, PHRASE: "=" or "#" before it */
	bool		hash;			/* ... and it was "#" */
	bool		has_slop;		/* PHRASE: ~n behind it */
	uint32		arg;
	uint32		slop;
	int			stars;			/* PHRASE: stars behind the closing quote */
	int			first;			/* [first, last) of the characters: all of it */
	int			last;
	int			from;			/* [from, to): of a word or phrase, its text */
	int			to;
} BiQueryToken;

/* how an operator was written, where that decides whether it is one */
#define BI_FORM_SIGN		0x01	/* ! or - glued to its operand */
#define BI_FORM_LOWER		0x02	/* a word not all in capitals */
#define BI_FORM_CONTEXT		0x04	/* operator only between two operands */
#define BI_FORM_PLUS		0x08	/* ... and else a number or letter */
#define BI_FORM_PERCENT		0x10	/* ... and else punctuation */
#define BI_FORM_BUT			0x20	/* the word "but" */

/* One lexeme that a position may hold */
typedef struct BiForm
{
	const char *bytes;
	int			len;
	uint8		flags;			/* BI_PREFIX, BI_PATTERN */
} BiForm;

/* One position of a phrase: alternatives, each a List of BiForm */
typedef struct BiSlot
{
	uint32		offset;
	List	   *alternatives;
} BiSlot;

/*
 * A node of the tree.  Children hang in cells of their own, so that
 * distributing a proximity over and may share a subtree; a tree is never
 * changed once it hangs in a cell.
 */
typedef struct BiTree BiTree;

typedef struct BiLink
{
	uint8		flags;			/* as a packed LINK's */
	uint32		arg;
} BiLink;

typedef struct BiCell
{
	BiTree	   *tree;
	BiLink		link;			/* CHAIN: what stands before this operand */
	struct BiCell *next;
} BiCell;

struct BiTree
{
	BiNodeKind	kind;			/* BI_AND, OR, NOT, ATLEAST, CHAIN or ITEM */
	int			height;			/* operators within operators, an ITEM is 0 */
	int			nwords;
	bool		has_and;
	bool		has_not;
	bool		has_atleast;
	bool		positive;		/* something must be there to match */
	uint32		arg;			/* ATLEAST: count */
	BiCell	   *first;
	BiCell	   *last;

	/* ITEM */
	uint8		fields;
	bool		quoted;
	char	   *text;			/* canonical, database encoding */
	int			textlen;
	List	   *slots;			/* of BiSlot */
};

typedef enum BiMode
{
	BI_MODE_QUERY,				/* the language */
	BI_MODE_PLAIN,				/* chunks joined by and */
	BI_MODE_PHRASE				/* one phrase */
} BiMode;

typedef struct BiParseState
{
	BiConfig	config;
	BiChar	   *chars;
	int			nchars;
	BiQueryToken   *tokens;
	int			ntokens;
	int			maxtokens;
	List	   *findings;		/* of BiFinding */
	int			nerrors;
	int			nwords;			/* bound so far, distributed ones as often as
								 * they are in the tree */
	bool		full;			/* too many words: the rest is cut off */
	int			skipped;		/* characters of the input before chars */
	char	   *dropped;		/* words that a dictionary dropped, as far as
								 * a message may quote them, or NULL */
} BiParseState;

/* lex.c */
extern void BiReadChars(BiParseState *state, const char *text, int len,
						bool escapes);
extern void BiLexQuery(BiParseState *state);
extern BiQueryToken *BiAddQueryToken(BiParseState *state, BiTokenKind kind,
								int first, int last);

/* keywords.c */
extern bool BiReadOperator(const BiChar *chars, int n, BiQueryToken *token);
extern uint32 BiReadField(const BiChar *chars, int n);
extern int	BiReadNumber(const BiChar *chars, int n, uint32 *value);

/* resolve.c */
extern void BiResolve(BiParseState *state);

/* parse.c */
extern BiTree *BiParseTokens(BiParseState *state);

/* tree.c */
extern bool BiTooManyWords(BiParseState *state, int64 nwords, int first,
						   int last, const char *hint);
extern BiTree *BiTreeItem(BiParseState *state, BiTree *item, int first,
						  int last);
extern BiTree *BiTreeJoin(BiParseState *state, BiNodeKind kind,
						  BiTree *left, BiTree *right, int pos);
extern BiTree *BiTreeNot(BiParseState *state, BiTree *child, int pos);
extern BiTree *BiTreeAtLeast(BiParseState *state, uint32 count,
							 BiTree *child, int first, int last);
extern BiTree *BiTreeLink(BiParseState *state, BiTree *left, BiLink link,
						  BiTree *right, int first, int last);

/* wildcard.c */
extern void BiClassify(BiParseState *state, BiChar *chars, int n,
					   bool quoted);
extern void BiBindWildcards(BiParseState *state, BiChar *chars, int n,
							bool exact, uint32 *npos, List **slots);

/* bind.c */
extern BiTree *BiBindWord(BiParseState *state, const BiQueryToken *token,
						  uint8 fields);
extern BiTree *BiBindPhrase(BiParseState *state, const BiQueryToken *token,
							uint8 fields);
extern BiTree *BiBindPlain(BiParseState *state, BiMode mode);
extern void BiBindText(BiParseState *state, const char *text, int len,
					   BiChar *chars, bool exact, uint32 *npos,
					   List **slots);
extern void BiAddSlot(List **slots, uint32 offset, List *alternatives);

/* longword.c */
extern BiChar *BiCharsAt(BiChar *chars, int bytes);
extern void BiMarkLong(BiParseState *state, BiChar *chars, int len);
extern bool BiDropLong(BiChar **chars, int *n);

/* itemtext.c */
extern char *BiItemText(BiChar *chars, int n, bool quoted, int *len);
extern char *BiEncodeChars(const BiChar *chars, int n, int *len);
extern int	BiEncodedLen(const BiChar *ch);
extern void BiTrimRefused(BiChar **chars, int *n);
extern bool BiHasWordChar(const BiChar *chars, int n);

/* diagnostic.c */
extern void BiFind(BiParseState *state, BiSeverity severity, int sqlstate,
				   int first, int last, const char *hint,
				   const char *fmt,...) pg_attribute_printf(7, 8);
extern char *BiQuoteInput(BiParseState *state, int first, int last);
extern int	BiCharIndex(const BiParseState *state, const BiChar *at);

/* report.c */
extern bool BiRaise(const BiParseState *state, const BiQuery *repaired,
					const char *input, int len, Node *context);
extern char *BiProposal(const BiQuery *repaired);
extern char *BiHint(const BiFinding *finding, char *proposal);
extern void BiNoticeDropped(const BiParseState *state);

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

/* parse_driver.c: all of the above, one after the other */
extern BiQuery *BiParse(BiParseState *state, const char *text, int len,
						BiMode mode, const char *nsp, const char *name);

/* pack.c */
extern BiQuery *BiPack(const BiTree *tree, const char *nsp,
					   const char *name);

/* unpack.c */
extern BiTree *BiUnpack(BiParseState *state, const BiQuery *query);

/* deparse.c */
extern char *BiPrint(const BiQuery *query, bool prefix, int *len);

/* compare.c */
extern int	BiCompare(const BiQuery *a, const BiQuery *b);

#endif							/* BI_SYNTAX_H */
