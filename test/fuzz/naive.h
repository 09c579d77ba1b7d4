/*
 * naive.h
 *	  Queries and documents of the fuzzing target "match", and what the
 *	  language says of the two: sections 3, 4, 5 and 9 by brute force.
 *
 * Shares nothing with the extension.
 */
#ifndef NAIVE_H
#define NAIVE_H

#define NAIVE_CHILDREN	4
#define NAIVE_CLAMPED	16383
#define NAIVE_POSITIONS	32		/* of one word in a document */
#define NAIVE_SPANS		3000	/* of one operand; more are not tried */

typedef enum NaiveKind
{
	NAIVE_WORD,
	NAIVE_PHRASE,
	NAIVE_AND,
	NAIVE_OR,
	NAIVE_NOT,
	NAIVE_ATLEAST,
	NAIVE_CHAIN
} NaiveKind;

typedef enum NaiveUnit
{
	NAIVE_WITHIN,
	NAIVE_SENTENCE,
	NAIVE_PARAGRAPH
} NaiveUnit;

typedef struct NaiveLink
{
	NaiveUnit	unit;
	bool		ordered;
	bool		negated;
	int			distance;
} NaiveLink;

typedef struct NaiveQuery
{
	NaiveKind	kind;
	int			n;				/* children; words and gaps of a phrase */
	int			word[NAIVE_CHILDREN];	/* WORD, PHRASE: number of a form, -1
										 * for a gap */
	int			fields;			/* bits D C B A, of words */
	int			count;			/* ATLEAST */
	struct NaiveQuery *child[NAIVE_CHILDREN];
	NaiveLink	link[NAIVE_CHILDREN];	/* CHAIN: before each child */
} NaiveQuery;

typedef struct NaiveWord
{
	bool		present;
	bool		stripped;
	int			n;
	int			pos[NAIVE_POSITIONS];
	int			weight[NAIVE_POSITIONS];	/* 0 .. 3, D to A */
} NaiveWord;

/* words of documents, and forms of queries, each of which means some words */
#define NAIVE_WORDS		6
#define NAIVE_FORMS		14
#define NAIVE_ALL_FORMS	19		/* with fuzzy ones, which phrases lack */

extern const char *const naive_words[NAIVE_WORDS];
extern const char *const naive_forms[NAIVE_ALL_FORMS];

typedef struct NaiveDocument
{
	NaiveWord	word[NAIVE_WORDS];
	NaiveWord	marks[2];		/* ends of sentences, of paragraphs */
} NaiveDocument;

/* 1 or 0, or -1 if it would take too long to say. */
extern int	NaiveMatches(const NaiveQuery *query,
						 const NaiveDocument *document);

#endif							/* NAIVE_H */
