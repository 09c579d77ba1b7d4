/*
 * passage.c
 *	  The passages of a text that show best what matched.
 *
 * From every mark on, as many marks as fit into a passage make a window.  The
 * window with most operands that no passage shows yet is taken, until all are
 * shown, then the best of the others, as long as they share no mark; what is
 * around a window is added last, when it is known where the next one begins.
 */
#include "postgres.h"

#include "lib/qunique.h"
#include "miscadmin.h"

#include "show/context.h"
#include "show/passage.h"

/* one more operand is worth more than any number of marks */
#define OPERAND_SCORE	1e9

/* an operand's mark: in which of the ranges */
typedef struct RangeMark
{
	int			range;
	uint32		node;
} RangeMark;

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
	const BiTextHits *shown;
	BiPassages *result;
	BiRange    *chars;			/* the ranges, in characters */
	RangeMark  *marks;			/* sorted */
	int			nmarks;
	Window	   *windows;		/* one for each range */
	bool	   *used;			/* is the range in a passage? */
	bool	   *covered;		/* is the node's operand? */
	int		   *times;			/* how often is it in a window? */
} Chooser;

static int
compare_range_marks(const void *a, const void *b)
{
	const RangeMark *left = a;
	const RangeMark *right = b;

	CHECK_FOR_INTERRUPTS();
	if (left->range != right->range)
		return left->range < right->range ? -1 : 1;
	return left->node < right->node ? -1 : left->node > right->node;
}

/* The best first, of those the one that comes first. */
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

/* Number of the first range that ends behind byte. */
static int
range_behind(const BiPassages *passages, int32 byte)
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
	const BiTextHits *shown = chooser->shown;
	BiPassages *result = chooser->result;
	BiCharCursor cursor = {shown->text, 0, 0};

	result->nranges = BiTextHitsRanges(shown, &result->ranges);
	chooser->chars = palloc_extended((result->nranges + (Size) 1) *
									 sizeof(BiRange), MCXT_ALLOC_HUGE);
	for (int i = 0; i < result->nranges; i++)
	{
		chooser->chars[i].start = BiCharCursorMove(&cursor,
												   result->ranges[i].start);
		chooser->chars[i].end = BiCharCursorMove(&cursor,
												 result->ranges[i].end);
	}

	chooser->marks = palloc_extended((shown->nmarks + (Size) 1) *
									 sizeof(RangeMark), MCXT_ALLOC_HUGE);
	chooser->nmarks = 0;
	for (int i = 0; i < shown->nmarks; i++)
	{
		BiRange		range = BiTextHitsRange(shown, &shown->marks[i]);
		RangeMark  *mark = &chooser->marks[chooser->nmarks];

		CHECK_FOR_INTERRUPTS();
		if (range.start >= range.end)
			continue;
		mark->range = range_behind(result, range.start);
		mark->node = shown->marks[i].node;
		chooser->nmarks++;
	}
	qsort(chooser->marks, chooser->nmarks, sizeof(RangeMark),
		  compare_range_marks);
	chooser->nmarks = qunique(chooser->marks, chooser->nmarks,
							  sizeof(RangeMark), compare_range_marks);
}

/* Count the operands of the ranges that a window gets, or with -1 loses. */
static void
count_operands(Chooser *chooser, int range, int *next, int by, int *operands,
			   int *fresh)
{
	for (; *next < chooser->nmarks && chooser->marks[*next].range == range;
		 (*next)++)
	{
		uint32		node = chooser->marks[*next].node;
		int			before = chooser->times[node];

		chooser->times[node] += by;
		if ((before == 0) == (chooser->times[node] == 0))
			continue;
		*operands += by;
		if (!chooser->covered[node])
			*fresh += by;
	}
}

/* Make a window of each range and those that follow it, of unused ones. */
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
			count_operands(chooser, ++last, &entering, 1, &operands, &fresh);
		window->first = first;
		window->last = chooser->used[first] ? -1 : last;
		window->fresh = fresh;
		window->score = OPERAND_SCORE * operands + (last - first + 1);
		count_operands(chooser, first, &leaving, -1, &operands, &fresh);
	}
}

/* Make a passage of window. */
static void
take_window(Chooser *chooser, const Window *window)
{
	BiPassages *result = chooser->result;
	BiPassage  *passage = &result->passages[result->n++];
	RangeMark	key = {window->first, 0};
	int			low = 0;
	int			high = chooser->nmarks;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (compare_range_marks(&chooser->marks[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < chooser->nmarks &&
		 chooser->marks[low].range <= window->last; low++)
		chooser->covered[chooser->marks[low].node] = true;
	memset(chooser->used + window->first, true,
		   window->last - window->first + 1);
	passage->start = result->ranges[window->first].start;
	passage->end = result->ranges[window->last].end;
	passage->score = window->score;
}

/* The window with most operands not shown yet; NULL if all are shown. */
static const Window *
freshest(const Chooser *chooser)
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

	result->passages = palloc_array(BiPassage, number);
	find_windows(chooser, size);
	while (result->n < number && (best = freshest(chooser)) != NULL)
	{
		take_window(chooser, best);
		find_windows(chooser, size);
	}

	qsort(chooser->windows, result->nranges, sizeof(Window), compare_windows);
	for (int i = 0; i < result->nranges && result->n < number; i++)
	{
		const Window *window = &chooser->windows[i];

		/* one all inside of it would have been worse, and come later */
		if (window->last >= 0 && !chooser->used[window->first] &&
			!chooser->used[window->last])
			take_window(chooser, window);
	}
	qsort(result->passages, result->n, sizeof(BiPassage), compare_places);
}

/* Move the ends of a passage of text that lie inside a mark out of it. */
static void
leave_marks(const BiPassages *passages, const char *text, BiRange core,
			BiRange *range)
{
	int			first = range_behind(passages, range->start);
	int			last = range_behind(passages, range->end);

	if (range->start < core.start &&
		passages->ranges[first].start < range->start)
		range->start = passages->ranges[first].end;
	if (range->end > core.end && last < passages->nranges &&
		passages->ranges[last].start < range->end)
	{
		range->end = Max(passages->ranges[last].start, core.end);
		while (range->end > core.end &&
			   strchr(" \t\r\n\f\v", text[range->end - 1]) != NULL)
			range->end--;
	}
}

/* Add what is around the passages, and count their marks. */
static void
extend_passages(Chooser *chooser, int32 size)
{
	BiPassages *result = chooser->result;
	int32		before = 0;

	for (int i = 0; i < result->n; i++)
	{
		BiPassage  *passage = &result->passages[i];
		BiRange		core = {passage->start, passage->end};
		BiRange		limits = {before, chooser->shown->len};
		BiRange		range;

		CHECK_FOR_INTERRUPTS();
		if (i + 1 < result->n)
			limits.end = result->passages[i + 1].start;
		range = BiContext(chooser->shown, core, limits, size);
		leave_marks(result, chooser->shown->text, core, &range);
		passage->start = range.start;
		passage->end = range.end;
		passage->first_mark = range_behind(result, range.start);
		passage->nmarks = 0;
		while (passage->first_mark + passage->nmarks < result->nranges &&
			   result->ranges[passage->first_mark + passage->nmarks].start <
			   range.end)
			passage->nmarks++;
		before = range.end;
	}
}

/* The beginning of a text that matches though there is nothing to mark. */
static void
take_beginning(BiPassages *result, const BiTextHits *shown, int32 size)
{
	BiRange		core = {0, 0};
	BiRange		limits = {0, shown->len};
	BiRange		range;

	while (limits.start < shown->len &&
		   strchr(" \t\r\n\f\v", shown->text[limits.start]) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		limits.start++;
	}
	if (limits.start == shown->len)
		return;
	core.start = core.end = limits.start;
	range = BiContext(shown, core, limits, size);
	if (range.end == range.start)
	{
		/* no word fits, so the first one it is */
		core.end = shown->len;
		range = BiContext(shown, core, limits, size);
	}
	result->passages = palloc0_array(BiPassage, 1);
	result->passages[0].start = range.start;
	result->passages[0].end = range.end;
	result->n = 1;
}

void
BiFindPassages(BiPassages *result, const BiTextHits *shown, int number,
			   int32 size, bool by_density)
{
	Chooser		chooser = {0};

	memset(result, 0, sizeof(*result));
	chooser.shown = shown;
	chooser.result = result;
	find_ranges(&chooser);
	if (result->nranges == 0)
	{
		if (shown->matched)
			take_beginning(result, shown, size);
		return;
	}
	chooser.windows = palloc_extended(result->nranges * sizeof(Window),
									  MCXT_ALLOC_HUGE);
	chooser.used = palloc_extended(result->nranges,
								   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	chooser.covered = palloc0_array(bool, shown->query->nnodes);
	chooser.times = palloc0_array(int, shown->query->nnodes);
	take_windows(&chooser, number, size);
	extend_passages(&chooser, size);
	if (by_density)
		qsort(result->passages, result->n, sizeof(BiPassage),
			  compare_scores);
}
