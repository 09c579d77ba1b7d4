/*
 * fuzzy.c
 *	  Target "fuzzy": edit distances, and walks over sorted lexemes.
 *
 * First byte: the number of edits, and whether lexemes are any bytes or text.
 * Then the word, up to a zero byte, and in the same way lexemes.
 *
 * What must hold: a lexeme matches if the whole table of the distance says so
 * (Lowrance and Wagner), and a walk that skips what it may skip finds the same
 * ones; going through all lexemes without skipping, too.
 */
#include "postgres.h"

#include "fuzz.h"

#include "base/encoding.h"
#include "match/fuzzy_match.h"
#include "match/fuzzy_walk.h"
#include "match/wildcard_match.h"

#define MAX_LEXEMES	120
#define MAX_CHARS	40

typedef struct Text
{
	const char *s;
	int			len;
	int			chars[MAX_CHARS];
	int			n;				/* -1: too long */
} Text;

typedef struct Input
{
	char		pattern[2 + 4 * MAX_CHARS];
	Text		word;
	int			edits;
	Text		lexemes[MAX_LEXEMES];
	int			n;
} Input;

/* Take the characters apart. */
static void
split(Text *text)
{
	const char *s = text->s;
	const char *end = s + text->len;

	for (text->n = 0; s < end; text->n++)
	{
		int			len = BiCharLen(s, end);

		if (text->n == MAX_CHARS)
		{
			text->n = -1;
			return;
		}
		text->chars[text->n] = 0;
		for (; len > 0; len--)
			text->chars[text->n] = text->chars[text->n] << 8 |
				(unsigned char) *s++;
	}
}

/* The distance, by the whole table. */
static int
distance(const Text *a, const Text *b)
{
	int			far = a->n + b->n;
	int			d[MAX_CHARS + 2][MAX_CHARS + 2];

	d[0][0] = far;
	for (int i = 0; i <= a->n; i++)
	{
		d[i + 1][0] = far;
		d[i + 1][1] = i;
	}
	for (int j = 0; j <= b->n; j++)
	{
		d[0][j + 1] = far;
		d[1][j + 1] = j;
	}
	for (int i = 1; i <= a->n; i++)
	{
		int			column = 0;

		for (int j = 1; j <= b->n; j++)
		{
			int			row = i - 1;
			int			last = column;
			int			best;

			while (row > 0 && a->chars[row - 1] != b->chars[j - 1])
				row--;
			best = d[i][j] + (a->chars[i - 1] != b->chars[j - 1]);
			if (a->chars[i - 1] == b->chars[j - 1])
				column = j;
			best = Min(best, d[i + 1][j] + 1);
			best = Min(best, d[i][j + 1] + 1);
			best = Min(best, d[row][last] + (i - row - 1) + 1 + (j - last - 1));
			d[i + 1][j + 1] = best;
		}
	}
	return d[a->n + 1][b->n + 1];
}

static int
compare_bytes(const char *a, int alen, const char *b, int blen)
{
	int			order = memcmp(a, b, Min(alen, blen));

	return order != 0 ? order : alen - blen;
}

static int
compare_texts(const void *a, const void *b)
{
	const Text *left = a;
	const Text *right = b;

	return compare_bytes(left->s, left->len, right->s, right->len);
}

static bool
should_match(const Input *input, const Text *lexeme)
{
	return lexeme->n >= 0 && !BiIsHiddenLexeme(lexeme->s, lexeme->len) &&
		distance(&input->word, lexeme) <= input->edits;
}

/* Go through the lexemes, as far as the walk does not skip them. */
static void
walk_all(const Input *input, bool skip)
{
	BiFuzzyWalk *walk = BiFuzzyWalkBegin(input->pattern, 2 + input->word.len);

	for (int i = 0; i < input->n;)
	{
		const Text *lexeme = &input->lexemes[i++];
		BiFuzzyVerdict verdict = BiFuzzyWalkTest(walk, lexeme->s, lexeme->len);
		const char *key = NULL;
		int			len = 0;

		if ((verdict == BI_FUZZY_MATCHES) != should_match(input, lexeme))
			FuzzFail("a walk and the table differ");
		if (verdict == BI_FUZZY_SKIP)
		{
			key = BiFuzzyWalkKey(walk, &len);
			if (compare_bytes(key, len, lexeme->s, lexeme->len) <= 0)
				FuzzFail("a walk does not move on");
		}
		while (i < input->n && skip && (verdict == BI_FUZZY_END ||
			   (key != NULL && compare_bytes(input->lexemes[i].s,
											 input->lexemes[i].len,
											 key, len) < 0)))
		{
			if (should_match(input, &input->lexemes[i]))
				FuzzFail("a walk passes over a match");
			i++;
		}
	}
	pfree(walk);
}

static void
run_input(void *arg)
{
	Input	   *input = arg;

	for (int i = 0; i < input->n; i++)
	{
		const Text *lexeme = &input->lexemes[i];

		if (BiWildcardMatches(input->pattern, 2 + input->word.len, 0,
							  lexeme->s, lexeme->len) !=
			should_match(input, lexeme))
			FuzzFail("matching and the table differ");
	}
	walk_all(input, true);
	walk_all(input, false);
}

/* The next text of the input. */
static bool
take_text(FuzzBytes *bytes, bool clean, Text *text)
{
	const uint8 *start = bytes->next;
	size_t		size;

	if (start >= bytes->end)
		return false;
	while (bytes->next < bytes->end && *bytes->next != 0)
		bytes->next++;
	size = bytes->next - start;
	bytes->next++;
	text->len = (int) size;
	/* exactly as wide, so that reading on is noticed */
	text->s = clean ? FuzzClean(start, size, &text->len) :
		memcpy(palloc(Max(size, 1)), start, size);
	split(text);
	return true;
}

void
FuzzFuzzy(const uint8 *data, size_t size)
{
	FuzzBytes	bytes = {data + 1, data + size, 0};
	Input	   *input = palloc0(sizeof(Input));
	bool		clean;

	if (size < 2)
		return;
	clean = (data[0] & 2) != 0;
	input->edits = 1 + (data[0] & 1);
	/* a query's words are text of the encoding, lexemes need not be */
	if (!take_text(&bytes, true, &input->word) || input->word.n < 1)
		return;
	input->pattern[0] = BI_FUZZY;
	input->pattern[1] = (char) ('0' + input->edits);
	if (input->word.len > 4 * MAX_CHARS)
		return;
	memcpy(input->pattern + 2, input->word.s, input->word.len);
	while (input->n < MAX_LEXEMES &&
		   take_text(&bytes, clean, &input->lexemes[input->n]))
	{
		if (input->lexemes[input->n].len > 0)
			input->n++;
	}
	qsort(input->lexemes, input->n, sizeof(Text), compare_texts);
	(void) FuzzTry(run_input, input);
}
