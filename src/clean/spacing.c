/*
 * spacing.c
 *	  Removes blank lines inside sentences, and a page's number and running
 *	  head there.
 *
 * Typing with double spacing puts a blank line between any two lines, and a
 * page's end puts its furniture there.  Lines between blank ones are a block
 * here.  Two blocks are joined if no sentence ends with the first and the
 * second begins with a small letter.  Before anything else, a capital or a
 * figure, they are joined only in a text that is typed so throughout: single
 * lines between blank ones that go on with a small letter often enough, and
 * the first is as long as a line.  So a headline or an item of a list stays
 * what it is.
 */
#include "postgres.h"

#include <unicode/uchar.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/encoding.h"
#include "clean/clean.h"
#include "clean/furniture.h"
#include "text/sentence.h"

/* bytes before and after a blank line that tell whether a sentence ends */
#define LOOK_BEHIND	200
#define LOOK_AHEAD	100

/* blocks of furniture between two lines of a sentence */
#define MAX_FURNITURE	3

/* bytes of a typed line */
#define MIN_TYPED	30
#define MAX_TYPED	120

/* lines between blank lines, without the white space around them */
typedef struct Block
{
	int			start;
	int			end;
	int			last;			/* where its last line begins */
	int			nlines;
	int			next;			/* where the line after it begins */
	bool		tagged;			/* ends by a tag */
} Block;

typedef struct Spacing
{
	char	   *text;
	int			len;
	BiFurniture furniture;
	bool		doubled;		/* is all of it typed with double spacing? */
	int			full;			/* bytes from which on a line is a full one */
	MemoryContext scratch;
} Spacing;

static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\f' || c == '\v';
}

/*
 * Read the line at s: where its content begins and ends.  Returns where the
 * next line begins.
 */
static int
read_line(const Spacing *spacing, int s, int *start, int *end)
{
	const char *text = spacing->text;

	while (s < spacing->len && is_blank(text[s]))
		s++;
	*start = s;
	for (; s < spacing->len && text[s] != '\n' && text[s] != '\r'; s++)
	{
		if (s % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	*end = s;
	while (*end > *start && is_blank(text[*end - 1]))
		(*end)--;
	if (s == spacing->len)
		return s;
	return s + (text[s] == '\r' && s + 1 < spacing->len &&
				text[s + 1] == '\n' ? 2 : 1);
}

static inline bool
is_tag_line(const Spacing *spacing, int start, int end)
{
	return end == start + 1 && spacing->text[start] == BI_TAG_BREAK;
}

/* Read the block at or after s; false if only blank lines are left. */
static bool
next_block(const Spacing *spacing, int s, Block *block)
{
	int			start;
	int			end;

	memset(block, 0, sizeof(*block));
	while (s < spacing->len)
	{
		s = read_line(spacing, s, &start, &end);
		CHECK_FOR_INTERRUPTS();
		if (is_tag_line(spacing, start, end))
			block->tagged = block->nlines > 0;
		if (end == start || is_tag_line(spacing, start, end))
		{
			if (block->nlines > 0)
				return true;
			continue;
		}
		if (block->nlines++ == 0)
			block->start = start;
		block->last = start;
		block->end = end;
		block->next = s;
	}
	return block->nlines > 0;
}

static uint32
char_at(const Spacing *spacing, int s, int end)
{
	int			len;

	return s < end ? BiDecodeChar(spacing->text + s, spacing->text + end,
								  &len) : 0;
}

/*
 * Does the item of a list begin at s: "b) ...", "ii. ..."?  With a full stop
 * some letters are abbreviations: Smith v. Jones.
 */
static bool
is_item(const Spacing *spacing, int s, int end)
{
	int			p = s;

	while (p < end && p - s < 4 && spacing->text[p] >= 'a' &&
		   spacing->text[p] <= 'z')
		p++;
	if (p == s || p + 1 >= end || !is_blank(spacing->text[p + 1]))
		return false;
	if (spacing->text[p] == ')')
		return true;
	return spacing->text[p] == '.' &&
		((p - s == 1 && spacing->text[s] <= 'i') ||
		 (p - s > 1 && strspn(spacing->text + s, "ivx") >= (size_t) (p - s)));
}

/* Does block begin with a small letter, in a quotation perhaps? */
static bool
begins_small(const Spacing *spacing, const Block *block)
{
	int			s = block->start;
	uint32		c = char_at(spacing, s, block->end);

	if (c == '"' || BiIsApostrophe(c) || c == 0x201C || c == 0x201E ||
		c == 0x00AB)
	{
		s += BiCharLen(spacing->text + s, spacing->text + block->end);
		c = char_at(spacing, s, block->end);
	}
	return u_charType((UChar32) c) == U_LOWERCASE_LETTER &&
		!is_item(spacing, s, block->end);
}

/* Does block's last line end with anything but a letter, digit or comma? */
static bool
ends_with_sign(const Spacing *spacing, const Block *block)
{
	unsigned char c = spacing->text[block->end - 1];

	return IS_HIGHBIT_SET(c) ? true :
		!((c >= '0' && c <= '9') || c == ',' || c == '-' || c == ';' ||
		  ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'));
}

/* Does a sentence go on from one block to the other? */
static bool
is_open(const Spacing *spacing, const Block *one, const Block *two)
{
	char		sample[LOOK_BEHIND + 1 + LOOK_AHEAD];
	const char *text = spacing->text;
	BiBoundaries found = {0};
	MemoryContext caller;
	int			from = one->end;
	int			ahead;
	int			junction;
	bool		open = true;

	if (!ends_with_sign(spacing, one))
		return true;
	/* a place where a character begins, and so a word */
	while (from > one->last && one->end - from < LOOK_BEHIND &&
		   !(is_blank(text[from]) && one->end - from > LOOK_BEHIND / 2))
		from--;
	if (one->end - from == LOOK_BEHIND)
		return false;
	junction = one->end - from + 1;
	ahead = pg_mbcliplen(text + two->start, two->end - two->start,
						 LOOK_AHEAD);
	memcpy(sample, text + from, junction - 1);
	sample[junction - 1] = ' ';
	memcpy(sample + junction, text + two->start, ahead);

	caller = MemoryContextSwitchTo(spacing->scratch);
	BiFindBoundaries(sample, junction + ahead, NULL, &found);
	for (int i = 0; i < found.n; i++)
		open &= found.boundaries[i].offset != junction;
	MemoryContextSwitchTo(caller);
	MemoryContextReset(spacing->scratch);
	return open;
}

/* Has the line s .. end a small letter of ASCII, or a letter of another? */
static bool
is_no_heading(const Spacing *spacing, int s, int end)
{
	for (; s < end; s++)
		if ((spacing->text[s] >= 'a' && spacing->text[s] <= 'z') ||
			IS_HIGHBIT_SET(spacing->text[s]))
			return true;
	return false;
}

/* Is it one line, no longer than one that is typed? */
static bool
is_typed_line(const Block *block)
{
	return block->nlines == 1 && block->end - block->start <= MAX_TYPED;
}

/* Are two blocks lines of one sentence? */
static bool
is_one_sentence(const Spacing *spacing, const Block *one, const Block *two,
				bool one_is_line)
{
	if (!begins_small(spacing, two) &&
		(!spacing->doubled || !one_is_line || !is_typed_line(two) ||
		 one->end - one->last < spacing->full ||
		 spacing->text[one->end - 1] == ':' ||
		 !is_no_heading(spacing, one->last, one->end) ||
		 !is_no_heading(spacing, two->start, two->end)))
		return false;
	return is_open(spacing, one, two);
}

static BiFurnitureKind
furniture_kind(const Spacing *spacing, const Block *block)
{
	return block->nlines > BI_FURNITURE_LINES ? BI_FURNITURE_NONE :
		BiIsFurniture(&spacing->furniture, spacing->text, block->start,
					  block->end);
}

static inline bool
is_furniture(const Spacing *spacing, const Block *block)
{
	return furniture_kind(spacing, block) == BI_FURNITURE_CERTAIN;
}

static void
find_running_heads(Spacing *spacing)
{
	Block		block;

	for (int s = 0; next_block(spacing, s, &block); s = block.next)
	{
		if (block.nlines <= BI_FURNITURE_LINES)
			BiFurnitureAdd(&spacing->furniture, spacing->text, block.start,
						   block.end);
	}
	BiFurnitureEnd(&spacing->furniture);
}

/* Find out whether the text is typed with double spacing. */
static void
find_spacing(Spacing *spacing)
{
	int64		nopen = 0;		/* lines that end no sentence */
	int64		nsmall = 0;		/* of these, before a small letter */
	int64		small_bytes = 0;
	Block		one;
	Block		two;
	bool		one_is_line;

	if (!next_block(spacing, 0, &one))
		return;
	one_is_line = is_typed_line(&one) && !is_furniture(spacing, &one);
	for (; next_block(spacing, one.next, &two); one = two)
	{
		bool		two_is_line = is_typed_line(&two) &&
			!is_furniture(spacing, &two);

		if (!one.tagged && one_is_line && two_is_line &&
			one.end - one.start >= MIN_TYPED &&
			!ends_with_sign(spacing, &one))
		{
			nopen++;
			if (begins_small(spacing, &two))
			{
				nsmall++;
				small_bytes += one.end - one.start;
			}
		}
		one_is_line = two_is_line;
	}
	spacing->doubled = nsmall >= 3 && nsmall * 3 >= nopen;
	if (spacing->doubled)
		spacing->full = small_bytes / nsmall * 6 / 10;
}

/*
 * Move two from the first of some furniture to the block after it; false, and
 * two is where it was, if it is none.
 */
static bool
skip_furniture(const Spacing *spacing, Block *two)
{
	Block		first = *two;
	bool		certain = false;

	for (int i = 0; i <= MAX_FURNITURE; i++)
	{
		BiFurnitureKind kind = furniture_kind(spacing, two);

		if (kind == BI_FURNITURE_NONE && certain)
			return true;
		certain |= kind == BI_FURNITURE_CERTAIN;
		if (kind == BI_FURNITURE_NONE || two->tagged ||
			!next_block(spacing, two->next, two))
			break;
	}
	*two = first;
	return false;
}

/*
 * Does one's last sentence go on in the next block, two, or beyond the
 * furniture that two is?  Sets two to where it does.
 */
static bool
goes_on(const Spacing *spacing, const Block *one, bool one_is_line,
		Block *two)
{
	/* after furniture, nothing is known of the sentence before it */
	if (one->tagged || is_furniture(spacing, one) ||
		(!skip_furniture(spacing, two) && is_furniture(spacing, two)))
		return false;
	return is_one_sentence(spacing, one, two, one_is_line);
}

int
BiCleanSpacing(char *text, int len)
{
	Spacing		spacing = {.text = text, .len = len};
	Block		one;
	Block		two;
	bool		one_is_line;
	int			from = 0;
	int			to = 0;

	if (!next_block(&spacing, 0, &one) ||
		!next_block(&spacing, one.next, &two))
		return len;
	spacing.scratch = AllocSetContextCreate(CurrentMemoryContext, "bi_clean",
											ALLOCSET_SMALL_SIZES);
	find_running_heads(&spacing);
	find_spacing(&spacing);
	one_is_line = is_typed_line(&one);
	while (next_block(&spacing, one.next, &two))
	{
		Block		next = two;

		if (goes_on(&spacing, &one, one_is_line, &next))
		{
			memmove(text + to, text + from, one.end - from);
			to += one.end - from;
			text[to++] = '\n';
			from = next.start;
			two = next;
		}
		one_is_line = is_typed_line(&two);
		one = two;
	}
	memmove(text + to, text + from, len - from);
	BiFurnitureFree(&spacing.furniture);
	MemoryContextDelete(spacing.scratch);
	return to + len - from;
}
