/*
 * occurrence.h
 *	  Where a word stands in a document.
 */
#ifndef BI_OCCURRENCE_H
#define BI_OCCURRENCE_H

/*
 * One occurrence of a term: position and field (a tsvector weight 0..3, D to
 * A) in one integer that sorts by position.
 */
typedef uint32 BiOccurrence;

#define BiOccurrenceMake(pos, weight)	(((uint32) (pos) << 2) | (weight))
#define BiOccurrencePos(o)				((o) >> 2)
#define BiOccurrenceWeight(o)			((o) & 3)
#define BiOccurrenceField(o)			(1 << BiOccurrenceWeight(o))

/* the position in a tsvector of all words beyond the last one it can have */
#define BI_CLAMPED_POSITION 16383

/*
 * What code uses instead where positions have no such bound: the position is
 * not known.  Greater than any position.
 */
#define BI_UNKNOWN_POSITION ((1U << 30) - 1)

#endif							/* BI_OCCURRENCE_H */
