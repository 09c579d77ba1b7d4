/*
 * eval.h
 *	  Whether a document matches a query, and where.
 *
 * Evaluation reads the packed query forward and asks a BiSource, which hides
 * whether the document is a tsvector, a text just analyzed, or an index's
 * cursors.
 */
#ifndef BI_EVAL_H
#define BI_EVAL_H

#include "base/occurrence.h"
#include "query/bi_query.h"

typedef struct BiSource BiSource;

/* how else a word is held: see BiSource */
#define BI_STRIPPED		0x01	/* one of its lexemes has no positions */
#define BI_CLAMPED		0x02	/* it is at the clamped position */

/* why a document may not have all places of a word */
typedef enum BiLimit
{
	BI_NO_LIMIT,
	BI_LIMIT_PLACES,			/* a lexeme keeps BI_MAX_PLACES */
	BI_LIMIT_POSITIONS			/* none from BI_CLAMPED_POSITION on */
} BiLimit;

struct BiSource
{
	/*
	 * Does the document hold word (a BI_WORD node of query, in its fields)?
	 * If a document or lexeme has no positions, it holds it in any field.
	 */
	bool		(*holds) (BiSource *source, const BiQuery *query,
						  const BiNode *word);

	/*
	 * Where does the document hold word, in its fields: distinct occurrences
	 * sorted by position, never at a clamped position.  The array belongs to
	 * the source or is in the current memory context, and is read-only.
	 * Returns their number.
	 */
	int			(*find) (BiSource *source, const BiQuery *query,
						 const BiNode *word,
						 const BiOccurrence **occurrences);

	/*
	 * How the document holds word apart from the occurrences of find: BI_x
	 * bits above.
	 */
	int			(*unplaced) (BiSource *source, const BiQuery *query,
							 const BiNode *word);

	/*
	 * May word have further places, of which the document keeps none: a
	 * BiLimit.  For explanations.
	 */
	BiLimit		(*limit) (BiSource *source, const BiQuery *query,
						  const BiNode *word);

	/*
	 * Positions at which sentences (or paragraphs) end, sorted, in an array
	 * as above.  Returns -1 for a document without such boundaries.
	 */
	int			(*boundaries) (BiSource *source, bool paragraphs,
							   const uint32 **positions);
};

/*
 * Does the document of source match query?  The empty query matches nothing.
 * Allocates in the current memory context, which the caller resets.  Answers
 * cancel requests.
 */
extern bool BiMatches(const BiQuery *query, BiSource *source);

/*
 * The same for the subtree at node, any node of query but a PROX_JOIN, or a
 * copy of one whose texts are in query.
 */
extern bool BiNodeMatches(const BiQuery *query, const BiNode *node,
						  BiSource *source);

/* A stretch of the document that an operand matched. */
typedef struct BiSpan
{
	uint32		start;			/* first and last position */
	uint32		end;
	uint8		start_field;	/* their fields, BI_FIELD_x bits */
	uint8		end_field;
	bool		solid;			/* it occupies all of its positions (a word or
								 * phrase), not only the first and last (a
								 * proximity) */
} BiSpan;

/*
 * Most spans that part of a chain, or all of it under ATLEAST, may have in
 * one document.  A tsvector's words have at most 255 positions each and stay
 * far below.
 */
#define BI_MAX_SPANS	(1 << 22)

/*
 * All spans of node, which the grammar in bi_query.h calls a span: sorted by
 * start, end, solid and fields, distinct, in the current memory context.
 * Returns their number.  Raises 54000 above BI_MAX_SPANS.
 */
extern int	BiSpans(const BiQuery *query, const BiNode *node,
					BiSource *source, BiSpan **spans);

/* A stretch of the document that an operand of the query matched. */
typedef struct BiHit
{
	uint32		start;			/* first and last position; both 0 if the
								 * document keeps no position of the operand */
	uint32		end;
	uint32		node;			/* number of the ITEM in the query's nodes */
} BiHit;

/* most hits in one document */
#define BI_MAX_HITS	(1 << 25)

/*
 * The hits in the document of source: what made it match, sorted by start,
 * end and node, distinct, in the current memory context.  Returns their
 * number.
 *
 * Only branches that matched count: nothing of an AND that fails, nothing
 * under NOT or to the right of NOT NEAR.  A word is a hit wherever it occurs
 * in its fields, and a phrase is one hit; a proximity gives the occurrences
 * of each operand that take part in some span of the whole, and ATLEAST the
 * hits of its operand.
 *
 * If the document as a whole does not match, there are no hits; with partial,
 * there are those that it would have if every AND were an OR.
 *
 * Values of fields have no hits.  With text, the document is part of one that
 * has them: it matches if it may (BiTextMayMatch).
 *
 * Without nodes, all hits have node 0, so that the document bounds their
 * number.  Raises 54000 above BI_MAX_HITS, and above BI_MAX_SPANS spans of
 * some part of a proximity (which BiMatches may not need).  Answers cancel
 * requests.
 */
extern int	BiFindHits(const BiQuery *query, BiSource *source, bool partial,
					   bool nodes, bool text, BiHit **hits);

/*
 * May the article match of which a text is a part?  A text has no values of
 * fields, so these are taken as they must be for it; all else as by BiMatches.
 */
extern bool BiTextMayMatch(const BiQuery *query, BiSource *source);

#endif							/* BI_EVAL_H */
