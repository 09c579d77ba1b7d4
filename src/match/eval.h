/*
 * eval.h
 *	  Does a document match a query, and where.
 *
 * Evaluation reads the packed query forward and asks a BiSource, which hides
 * whether the document is a tsvector, a text just analysed, or an index's
 * cursors.
 */
#ifndef BI_EVAL_H
#define BI_EVAL_H

#include "query/bi_query.h"

/*
 * One occurrence of a term: position and field (a tsvector weight 0..3, D to
 * A) in one integer that sorts by position.
 */
typedef uint32 BiOccurrence;

#define BiOccurrenceMake(pos, weight)	(((uint32) (pos) << 2) | (weight))
#define BiOccurrencePos(o)				((o) >> 2)
#define BiOccurrenceField(o)			(1 << ((o) & 3))

typedef struct BiSource BiSource;

/* where else a word stands: see BiSource */
#define BI_STRIPPED		0x01	/* a lexeme of it has no positions */
#define BI_CLAMPED		0x02	/* at the clamped position */

/* which is that of all that a tsvector cannot place */
#define BI_CLAMPED_POSITION	16383

struct BiSource
{
	/*
	 * Does the document hold word (a BI_WORD node of query, in its fields)? A
	 * document, or one of its lexemes, without positions holds it in any
	 * field.
	 */
	bool		(*holds) (BiSource *source, const BiQuery *query,
						  const BiNode *word);

	/*
	 * Where does the document hold word, in its fields: occurrences sorted by
	 * position, no two alike, never at a clamped position.  The array is the
	 * source's or in the current memory context, and not to be written to.
	 * Returns their number.
	 */
	int			(*find) (BiSource *source, const BiQuery *query,
						 const BiNode *word,
						 const BiOccurrence **occurrences);

	/*
	 * How the document holds word apart from what find tells: BI_x bits
	 * above.
	 */
	int			(*unplaced) (BiSource *source, const BiQuery *query,
							 const BiNode *word);

	/*
	 * Positions at which sentences (or paragraphs) end, sorted, the same way.
	 * Returns -1 for a document without marks.
	 */
	int			(*marks) (BiSource *source, bool paragraphs,
						  const uint32 **positions);
};

/*
 * Does the document behind source match query?  The empty query matches
 * nothing.  Allocates in the current memory context, which the caller resets.
 * Answers cancel requests.
 */
extern bool BiMatches(const BiQuery *query, BiSource *source);

/*
 * The same for the subtree at node, any node of query but a LINK, or a copy
 * of one whose texts are query's.
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
	bool		solid;			/* occupies all of its positions (a word or
								 * phrase), not only first and last (a
								 * proximity) */
} BiSpan;

/*
 * Most spans that part of a chain, or all of it under ATLEAST, may have in one
 * document.  A tsvector's words have 255 positions each and stay far below.
 */
#define BI_MAX_SPANS	(1 << 22)

/*
 * All spans of node, which is one that the grammar in bi_query.h calls span:
 * sorted by start, end, solid, fields, no two alike, in the current memory
 * context.  Returns their number.  Raises 54000 above BI_MAX_SPANS.
 */
extern int	BiSpans(const BiQuery *query, const BiNode *node,
					BiSource *source, BiSpan **spans);

/* A stretch of the document that an operand of the query matched there. */
typedef struct BiHit
{
	uint32		start;			/* first and last position; both 0 if the
								 * document keeps none of the operand */
	uint32		end;
	uint32		node;			/* number of the ITEM in the query's nodes */
} BiHit;

/* most marks in one document */
#define BI_MAX_HITS	(1 << 25)

/*
 * What of the document behind source made it match: sorted by start, end,
 * node, no two alike, in the current memory context.  Returns their number.
 *
 * Only branches that matched count: nothing of an AND that fails, nothing
 * under NOT or to the right of NOT NEAR.  A word is marked wherever it stands
 * in its fields, a phrase as one, of a proximity each operand's occurrences
 * that take part in some span of the whole, and of ATLEAST its operand's.
 *
 * If the document as a whole does not match there is nothing, or with partial
 * what would be if AND asked for no more than OR does.
 *
 * Without nodes, all marks have node 0, so that their number is bounded by
 * the document.  Raises 54000 above BI_MAX_HITS, and above BI_MAX_SPANS
 * spans of some part of a proximity (which BiMatches may not need).  Answers
 * cancel requests.
 */
extern int	BiFindHits(const BiQuery *query, BiSource *source, bool partial,
					   bool nodes, BiHit **marks);

#endif							/* BI_EVAL_H */
