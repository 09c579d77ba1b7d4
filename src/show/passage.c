/*
 * passage.c
 *	  Chooses the passages of a text that show best what matched.
 *
 * From each hit on, the hits that fit into a passage make a window.  The
 * window with most operands that no passage shows yet is taken, until all are
 * shown; then the best of the others, as long as they share no hit and show
 * another text.  The text around a window is added last, when it is known
 * where the next one begins.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/qunique.h"
#include "miscadmin.h"

#include "show/context.h"
#include "show/passage.h"
#include "show/shown_text.h"

/* passages that may turn out to be shown already */
#define MAX_LOOKS	100

/* one more operand is worth more than any number of hits */
#define OPERAND_SCORE	1e9

/* a hit of an operand, and the index of its range */
typedef struct RangeHit
{
	int			range;
	uint32		node;
} RangeHit;

/* the ranges first .. last; none if last is before first */
typedef struct Window
{
	double		score;
	int			fresh;			/* operands that no passage shows */
	int			first;
	int			last;
} Window;

typedef struct Chooser
{
	const BiTextHits *hits;
	BiPassages *result;
	BiRange    *chars;			/* the ranges, in characters as shown */
	RangeHit   *range_hits;		/* sorted */
	int			nrange_hits;
	Window	   *windows;		/* one for each range */
	bool	   *used;			/* by range: is it in a passage? */
	bool	   *covered;		/* by node: is the operand in a passage? */
	int		   *times;			/* by node: how often is it in the window? */
	uint32	   *texts;			/* of each passage: hash of what it shows */
} Chooser;

static int
compare_range_hits(const void *a, const void *b)
{
	const RangeHit *left = a;
	const RangeHit *right = b;

	CHECK_FOR_INTERRUPTS();
	if (left->range != right->range)
		return left->range < right->range ? -1 : 1;
	return left->node < right->node ? -1 : left->node > right->node;
}

/* The best first; of equals, the first in the text. */
static int
compare_windows(const void *a, const void *b)
{
	const Window *left = a;
	const Window *right = b;

	CHECK_FOR_INTERRUPTS();
	if (left->score != right->score)
		return left->score > right->score ? -1 : 1;
	return left->first < right->first ? -1 : left->first > right->first;
}

static int
compare_places(const void *a, const void *b)
{
	int32		left = ((const BiPassage *) a)->start;
	int32		right = ((const BiPassage *) b)->start;

	return left < right ? -1 : left > right;
}

static int
compare_scores(const void *a, const void *b)
{
	double		left = ((const BiPassage *) a)->score;
	double		right = ((const BiPassage *) b)->score;

	if (left != right)
		return left > right ? -1 : 1;
	return compare_places(a, b);
}

/* Index of the first range that ends after byte. */
static int
range_after(const BiPassages *passages, int32 byte)
{
	int			low = 0;
	int			high = passages->nranges;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (passages->ranges[middle].end <= byte)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Find the ranges in characters, and which operands are in each. */
static void
find_ranges(Chooser *chooser)
{
	const BiTextHits *hits = chooser->hits;
	BiPassages *result = chooser->result;
	int32		byte = 0;
	int32		chars = 0;

	result->nranges = BiTextHitsRanges(hits, &result->ranges);
	chooser->chars = palloc_extended((result->nranges + (Size) 1) *
									 sizeof(BiRange), MCXT_ALLOC_HUGE);
	for (int i = 0; i < result->nranges; i++)
	{
		const BiRange *range = &result->ranges[i];

		chars += BiShownChars(hits->text, byte, range->start);
		chooser->chars[i].start = chars;
		chars += BiShownChars(hits->text, range->start, range->end);
		chooser->chars[i].end = chars;
		byte = range->end;
	}

	chooser->range_hits = palloc_extended((hits->nhits + (Size) 1) *
										  sizeof(RangeHit), MCXT_ALLOC_HUGE);
	chooser->nrange_hits = 0;
	for (int i = 0; i < hits->nhits; i++)
	{
		BiRange		range = BiTextHitsRange(hits, &hits->hits[i]);
		RangeHit   *hit = &chooser->range_hits[chooser->nrange_hits];

		CHECK_FOR_INTERRUPTS();
		if (range.start >= range.end)
			continue;
		hit->range = range_after(result, range.start);
		hit->node = hits->hits[i].node;
		chooser->nrange_hits++;
	}
	qsort(chooser->range_hits, chooser->nrange_hits, sizeof(RangeHit),
		  compare_range_hits);
	chooser->nrange_hits = qunique(chooser->range_hits, chooser->nrange_hits,
								   sizeof(RangeHit), compare_range_hits);
}

/*
 * Count the operands of a range that enters a window (by = 1) or leaves it
 * (by = -1).
 */
static void
count_window_operands(Chooser *chooser, int range, int *next, int by,
					  int *operands, int *fresh)
{
	for (; *next < chooser->nrange_hits &&
		 chooser->range_hits[*next].range == range;
		 (*next)++)
	{
		uint32		node = chooser->range_hits[*next].node;
		int			before = chooser->times[node];

		chooser->times[node] += by;
		if ((before == 0) == (chooser->times[node] == 0))
			continue;
		*operands += by;
		if (!chooser->covered[node])
			*fresh += by;
	}
}

/* Make a window from each unused range and those that follow it. */
static void
find_windows(Chooser *chooser, int32 size)
{
	int			n = chooser->result->nranges;
	int			operands = 0;
	int			fresh = 0;
	int			last = -1;
	int			entering = 0;
	int			leaving = 0;

	for (int first = 0; first < n; first++)
	{
		Window	   *window = &chooser->windows[first];

		CHECK_FOR_INTERRUPTS();
		while (last < first ||
			   (last + 1 < n && !chooser->used[first] &&
				!chooser->used[last + 1] &&
				chooser->chars[last + 1].end -
				chooser->chars[first].start <= size))
			count_window_operands(chooser, ++last, &entering, 1, &operands,
								  &fresh);
		window->first = first;
		window->last = chooser->used[first] ? -1 : last;
		window->fresh = fresh;
		window->score = OPERAND_SCORE * operands + (last - first + 1);
		count_window_operands(chooser, first, &leaving, -1, &operands, &fresh);
	}
}

static uint32
hash_shown(const BiTextHits *hits, BiRange range)
{
	StringInfoData shown;
	uint32		hash;

	initStringInfo(&shown);
	BiAppendShown(&shown, hits->text, range.start, range.end);
	hash = hash_bytes((unsigned char *) shown.data, shown.len);
	pfree(shown.data);
	return hash;
}

/* Hash of what a passage shows that is made of window alone. */
static uint32
window_text(const Chooser *chooser, const Window *window, int32 size)
{
	const BiTextHits *hits = chooser->hits;
	BiRange		core = {
		chooser->result->ranges[window->first].start,
		chooser->result->ranges[window->last].end
	};
	BiRange		limits = {0, hits->len};

	return hash_shown(hits, BiContext(hits, core, limits, size));
}

/* Does one of the first n passages show the text of this hash? */
static bool
is_text_shown(const Chooser *chooser, int n, uint32 text)
{
	for (int i = 0; i < n; i++)
		if (chooser->texts[i] == text)
			return true;
	return false;
}

/* Turn window into a passage, which shows the text of this hash. */
static void
take_window(Chooser *chooser, const Window *window, uint32 text)
{
	BiPassages *result = chooser->result;
	BiPassage  *passage = &result->passages[result->n];
	RangeHit	key = {window->first, 0};
	int			low = 0;
	int			high = chooser->nrange_hits;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (compare_range_hits(&chooser->range_hits[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < chooser->nrange_hits &&
		 chooser->range_hits[low].range <= window->last; low++)
		chooser->covered[chooser->range_hits[low].node] = true;
	memset(chooser->used + window->first, true,
		   window->last - window->first + 1);
	passage->start = result->ranges[window->first].start;
	passage->end = result->ranges[window->last].end;
	passage->score = window->score;
	chooser->texts[result->n++] = text;
}

/* The window with the most operands not shown yet; NULL if all are shown. */
static const Window *
freshest_window(const Chooser *chooser)
{
	const Window *best = NULL;

	for (int i = 0; i < chooser->result->nranges; i++)
	{
		const Window *window = &chooser->windows[i];

		if (window->last < 0 || window->fresh == 0)
			continue;
		if (best == NULL || window->fresh > best->fresh ||
			(window->fresh == best->fresh && window->score > best->score))
			best = window;
	}
	return best;
}

/* Take the best windows as passages, in the order of the text. */
static void
take_windows(Chooser *chooser, int number, int32 size)
{
	BiPassages *result = chooser->result;
	const Window *best;
	int			looks = MAX_LOOKS;

	result->passages = palloc_array(BiPassage, number);
	chooser->texts = palloc_array(uint32, number);
	find_windows(chooser, size);
	while (result->n < number && (best = freshest_window(chooser)) != NULL)
	{
		take_window(chooser, best, window_text(chooser, best, size));
		find_windows(chooser, size);
	}

	qsort(chooser->windows, result->nranges, sizeof(Window), compare_windows);
	for (int i = 0; i < result->nranges && result->n < number; i++)
	{
		const Window *window = &chooser->windows[i];
		uint32		text;

		/* a passage inside it would have scored less and come later */
		if (window->last < 0 || chooser->used[window->first] ||
			chooser->used[window->last])
			continue;
		text = window_text(chooser, window, size);
		if (!is_text_shown(chooser, result->n, text))
			take_window(chooser, window, text);
		else if (--looks == 0)
			break;
	}
	qsort(result->passages, result->n, sizeof(BiPassage), compare_places);
}

/* Move each end of a passage that lies inside a hit out of the hit. */
static void
leave_hits(const BiPassages *passages, const char *text, BiRange core,
		   BiRange *range)
{
	int			first = range_after(passages, range->start);
	int			last = range_after(passages, range->end);

	if (range->start < core.start &&
		passages->ranges[first].start < range->start)
		range->start = passages->ranges[first].end;
	if (range->end > core.end && last < passages->nranges &&
		passages->ranges[last].start < range->end)
	{
		range->end = BiTrimWhite(text, core.end,
								 Max(passages->ranges[last].start, core.end));
	}
}

/* Add the text around the passages, and count their hits. */
static void
extend_passages(Chooser *chooser, int32 size)
{
	BiPassages *result = chooser->result;
	int32		before = 0;

	for (int i = 0; i < result->n; i++)
	{
		BiPassage  *passage = &result->passages[i];
		BiRange		core = {passage->start, passage->end};
		BiRange		limits = {before, chooser->hits->len};
		BiRange		range;

		CHECK_FOR_INTERRUPTS();
		if (i + 1 < result->n)
			limits.end = result->passages[i + 1].start;
		range = BiContext(chooser->hits, core, limits, size);
		leave_hits(result, chooser->hits->text, core, &range);
		passage->start = range.start;
		passage->end = range.end;
		passage->first_hit = range_after(result, range.start);
		passage->nhits = 0;
		while (passage->first_hit + passage->nhits < result->nranges &&
			   result->ranges[passage->first_hit + passage->nhits].start <
			   range.end)
			passage->nhits++;
		before = range.end;
	}
}

/* Leave out passages that show what one before them does. */
static void
drop_repeated(Chooser *chooser)
{
	BiPassages *result = chooser->result;
	int			n = 0;

	for (int i = 0; i < result->n; i++)
	{
		BiPassage  *passage = &result->passages[i];
		BiRange		range = {passage->start, passage->end};
		uint32		text = hash_shown(chooser->hits, range);

		CHECK_FOR_INTERRUPTS();
		if (is_text_shown(chooser, n, text))
			continue;
		chooser->texts[n] = text;
		result->passages[n++] = *passage;
	}
	result->n = n;
}

/* The beginning of a text that matches without any hit to show. */
static void
take_text_beginning(BiPassages *result, const BiTextHits *hits, int32 size)
{
	BiRange		core = {0, 0};
	BiRange		limits = {0, hits->len};
	BiRange		range;

	limits.start = BiSkipWhite(hits->text, 0, hits->len);
	if (limits.start == hits->len)
		return;
	core.start = core.end = limits.start;
	range = BiContext(hits, core, limits, size);
	if (range.end == range.start)
	{
		/* no word fits, so take the first one */
		core.end = hits->len;
		range = BiContext(hits, core, limits, size);
	}
	result->passages = palloc0_array(BiPassage, 1);
	result->passages[0].start = range.start;
	result->passages[0].end = range.end;
	result->n = 1;
}

void
BiFindPassages(BiPassages *result, const BiTextHits *hits, int number,
			   int32 size, bool by_density)
{
	Chooser		chooser = {0};

	memset(result, 0, sizeof(*result));
	chooser.hits = hits;
	chooser.result = result;
	find_ranges(&chooser);
	if (result->nranges == 0)
	{
		if (hits->matched)
			take_text_beginning(result, hits, size);
		return;
	}
	chooser.windows = palloc_extended(result->nranges * sizeof(Window),
									  MCXT_ALLOC_HUGE);
	chooser.used = palloc_extended(result->nranges,
								   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	chooser.covered = palloc0_array(bool, hits->query->nnodes);
	chooser.times = palloc0_array(int, hits->query->nnodes);
	take_windows(&chooser, number, size);
	extend_passages(&chooser, size);
	drop_repeated(&chooser);
	if (by_density)
		qsort(result->passages, result->n, sizeof(BiPassage),
			  compare_scores);
}
