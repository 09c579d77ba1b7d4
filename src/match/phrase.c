/*
 * phrase.c
 *	  Finds where the words of a phrase follow each other.
 *
 * A phrase compares positions only, each word in its own fields: it does not
 * check that adjacent words are in the same field.  The gap of 100 positions
 * between the fields of an article keeps phrases from crossing fields.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "match/occurrences.h"
#include "match/spans.h"

/* phrases of at most this many slots allocate no memory */
#define FEW_SLOTS 16

/* one slot of a phrase during the scan */
typedef struct PhraseSlot
{
	const BiOccurrence *occurrences;
	int			n;
	int			next;			/* occurrences before this index are done */
	uint32		offset;			/* from the phrase's first position */
} PhraseSlot;

typedef struct PhraseScan
{
	PhraseSlot *slots;
	int			nslots;
	int			rarest;			/* the slot with the fewest occurrences */
	PhraseSlot	few[FEW_SLOTS];
} PhraseScan;

/* The union of an OR slot's alternatives. */
static int
find_alternatives(const BiQuery *query, const BiNode *slot, BiSource *source,
				  const BiOccurrence **occurrences)
{
	BiOccurrence *all = NULL;
	int			n = 0;

	*occurrences = NULL;
	for (const BiNode *child = BiNodeFirst(slot);
		 child < BiNodeEnd(slot); child = BiNodeEnd(child))
	{
		const BiOccurrence *more;
		int			nmore = BiSlotFind(query, child, source, &more);

		if (nmore == 0)
			continue;
		if (n == 0)
		{
			*occurrences = more;
			n = nmore;
			continue;
		}
		if (all == NULL)
		{
			all = palloc_extended((n + (Size) nmore) * sizeof(BiOccurrence),
								  MCXT_ALLOC_HUGE);
			memcpy(all, *occurrences, n * sizeof(BiOccurrence));
		}
		else
			all = repalloc_huge(all,
								(n + (Size) nmore) * sizeof(BiOccurrence));
		memcpy(all + n, more, nmore * sizeof(BiOccurrence));
		n += nmore;
		*occurrences = all;
	}

	if (all != NULL)
		n = BiOccurrencesSort(all, n);
	return n;
}

/*
 * The occurrences of a SAME slot's first word where all others occur as well.
 */
static int
find_same_position(const BiQuery *query, const BiNode *slot, BiSource *source,
				   const BiOccurrence **occurrences)
{
	const BiNode *child = BiNodeFirst(slot);
	const BiOccurrence *first;
	BiOccurrence *kept;
	int			n = source->find(source, query, child, &first);

	if (n == 0)
		return 0;
	kept = palloc_extended(n * sizeof(BiOccurrence), MCXT_ALLOC_HUGE);
	memcpy(kept, first, n * sizeof(BiOccurrence));

	while ((child = BiNodeEnd(child)) < BiNodeEnd(slot) && n > 0)
	{
		const BiOccurrence *other;
		int			nother = source->find(source, query, child, &other);
		int			left = 0;

		for (int i = 0, j = 0; i < n; i++)
		{
			uint32		pos = BiOccurrencePos(kept[i]);

			while (j < nother && BiOccurrencePos(other[j]) < pos)
				j++;
			if (j < nother && BiOccurrencePos(other[j]) == pos)
				kept[left++] = kept[i];
		}
		n = left;
	}
	*occurrences = kept;
	return n;
}

int
BiSlotFind(const BiQuery *query, const BiNode *slot, BiSource *source,
		   const BiOccurrence **occurrences)
{
	CHECK_FOR_INTERRUPTS();
	switch ((BiNodeKind) slot->kind)
	{
		case BI_WORD:
			return source->find(source, query, slot, occurrences);
		case BI_SAME:
			return find_same_position(query, slot, source, occurrences);
		case BI_OR:
			return find_alternatives(query, slot, source, occurrences);
		default:
			elog(ERROR, "bi_query node of kind %d is no slot", slot->kind);
			return 0;
	}
}

/*
 * Find the occurrences of phrase's slots.  Returns false as soon as a slot
 * has none.
 */
static bool
begin_phrase_scan(const BiQuery *query, const BiNode *phrase, BiSource *source,
				  PhraseScan *scan)
{
	int			room = FEW_SLOTS;

	scan->slots = scan->few;
	scan->nslots = 0;
	scan->rarest = 0;
	for (const BiNode *child = BiNodeFirst(phrase);
		 child < BiNodeEnd(phrase); child = BiNodeEnd(child))
	{
		PhraseSlot *slot;

		if (scan->nslots == room)
		{
			PhraseSlot *more = palloc(2 * room * sizeof(PhraseSlot));

			memcpy(more, scan->slots, room * sizeof(PhraseSlot));
			scan->slots = more;
			room *= 2;
		}
		slot = &scan->slots[scan->nslots];
		slot->n = BiSlotFind(query, child, source, &slot->occurrences);
		if (slot->n == 0)
			return false;
		slot->next = 0;
		slot->offset = child->arg;
		if (slot->n < scan->slots[scan->rarest].n)
			scan->rarest = scan->nslots;
		scan->nslots++;
	}
	return true;
}

/*
 * Advance slot to its first occurrence at or after pos, by galloping search:
 * steps that double, then bisection (J. Bentley and A. Yao, An almost optimal
 * algorithm for unbounded searching, 1976).  Returns false if there is none.
 */
static bool
gallop_to(PhraseSlot *slot, uint32 pos)
{
	BiOccurrence wanted = BiOccurrenceMake(pos, 0);
	int			low = slot->next;
	int			high;
	int			step = 1;

	if (low >= slot->n)
		return false;
	if (slot->occurrences[low] >= wanted)
		return true;
	high = low + step;
	while (high < slot->n && slot->occurrences[high] < wanted)
	{
		low = high;
		step *= 2;
		high = step < slot->n - low ? low + step : slot->n;
	}
	if (high > slot->n)
		high = slot->n;
	while (high - low > 1)
	{
		int			middle = low + (high - low) / 2;

		if (slot->occurrences[middle] < wanted)
			low = middle;
		else
			high = middle;
	}
	slot->next = high;
	return high < slot->n;
}

/*
 * Advance to the next occurrence of the phrase: sets *start to its first
 * position, and next of every slot to its first occurrence there.  Returns
 * false if there are no more.
 */
static bool
next_phrase(PhraseScan *scan, uint32 *start)
{
	PhraseSlot *rarest = &scan->slots[scan->rarest];

	for (; rarest->next < rarest->n; rarest->next++)
	{
		uint32		pos = BiOccurrencePos(rarest->occurrences[rarest->next]);
		int			i;

		CHECK_FOR_INTERRUPTS();
		if (pos <= rarest->offset)
			continue;
		*start = pos - rarest->offset;
		for (i = 0; i < scan->nslots; i++)
		{
			PhraseSlot *slot = &scan->slots[i];

			if (!gallop_to(slot, *start + slot->offset))
				return false;
			if (BiOccurrencePos(slot->occurrences[slot->next]) !=
				*start + slot->offset)
				break;
		}
		if (i == scan->nslots)
			return true;
	}
	return false;
}

/* Does the phrase occur? */
bool
BiPhraseExists(const BiQuery *query, const BiNode *phrase, BiSource *source)
{
	PhraseScan	scan;
	uint32		start;

	return begin_phrase_scan(query, phrase, source, &scan) &&
		next_phrase(&scan, &start);
}

/*
 * Append the spans of a phrase to list.  The fields are those of its first
 * and last word; a position may hold several alternatives in different ones.
 */
void
BiPhraseSpans(const BiQuery *query, const BiNode *phrase, BiSource *source,
			  BiSpanList *list)
{
	PhraseScan	scan;
	BiSpan		span;

	if (!begin_phrase_scan(query, phrase, source, &scan))
		return;
	span.solid = true;
	while (next_phrase(&scan, &span.start))
	{
		const PhraseSlot *first = &scan.slots[0];
		const PhraseSlot *last = &scan.slots[scan.nslots - 1];

		span.end = span.start + last->offset;
		for (int i = first->next; i < first->n &&
			 BiOccurrencePos(first->occurrences[i]) == span.start; i++)
		{
			span.start_field = BiOccurrenceField(first->occurrences[i]);
			for (int j = last->next; j < last->n &&
				 BiOccurrencePos(last->occurrences[j]) == span.end; j++)
			{
				span.end_field = BiOccurrenceField(last->occurrences[j]);
				BiSpanListAdd(list, &span);
			}
		}
		/* other alternatives at this position were included above */
		while (scan.slots[scan.rarest].next < scan.slots[scan.rarest].n &&
			   BiOccurrencePos(scan.slots[scan.rarest].occurrences[
																   scan.slots[scan.rarest].next]) ==
			   span.start + scan.slots[scan.rarest].offset)
			scan.slots[scan.rarest].next++;
	}
}
