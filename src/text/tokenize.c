/*
 * tokenize.c
 *	  Text cut into tokens.
 *
 * White space cuts the text into runs.  A run of ASCII alone is cut here,
 * by the word boundary rules of UAX #29 as far as ASCII can meet them; any
 * other goes to ICU (icu_tokenize.c), neighbours together.  Both roads give the
 * same tokens for ASCII.
 *
 * The rules for ASCII: letters, digits and _ hold together (WB5, 8, 9, 10,
 * 13); a full stop or apostrophe holds between two letters or two digits
 * (WB6, 7, 11, 12), comma and semicolon between two digits (WB11, 12).
 * Everything else separates; so does the colon, which UAX #29 lets hold
 * between letters and the language does not.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "text/icu_tokenize.h"
#include "text/tokenize.h"

/* look for a cancel request each time this many bytes have been passed */
#define INTERRUPT_BYTES 65536

/*
 * What a byte is to the rules: first what separates, then what holds together.
 */
enum
{
	OTHER,
	STOP,						/* holds between letters, between digits */
	APOSTROPHE,					/* likewise */
	COMMA,						/* holds between digits */
	LETTER,
	DIGIT,
	LOW_LINE,
	BLANK,
	HIGH						/* not ASCII */
};

#define O OTHER
#define L LETTER
#define D DIGIT
#define B BLANK
#define H8 HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH

static const uint8 byte_class[256] = {
	O, O, O, O, O, O, O, O, O, B, B, B, B, B, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	B, O, O, O, O, O, O, APOSTROPHE, O, O, O, O, COMMA, O, STOP, O,
	D, D, D, D, D, D, D, D, D, D, O, COMMA, O, O, O, O,
	O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
	L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, LOW_LINE,
	O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
	L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, O,
	H8, H8, H8, H8, H8, H8, H8, H8, H8, H8, H8, H8, H8, H8, H8, H8
};

#undef O
#undef L
#undef D
#undef B
#undef H8

static inline int
class_of(char c)
{
	return byte_class[(unsigned char) c];
}

/* To be called in loops over bytes, of which p is the offset. */
static inline void
check_at(int p)
{
	if (p % INTERRUPT_BYTES == 0)
		CHECK_FOR_INTERRUPTS();
}

/*
 * Whether the ASCII token is an acronym: single letters with full stops
 * between, a possessive behind them allowed.
 */
static bool
is_acronym(const char *s, int len)
{
	if (len > 3 && s[len - 2] == '\'' && (s[len - 1] | 0x20) == 's')
		len -= 2;
	if (len % 2 == 0)
		return false;
	for (int i = 0; i < len; i++)
		if (i % 2 == 1 ? s[i] != '.' : class_of(s[i]) != LETTER)
			return false;
	return true;
}

/* Append the ASCII token, cut where . or _ stands between two letters. */
static void
add_cut(const char *text, int start, int end, BiTokens *result)
{
	int			from = start;

	if (!is_acronym(text + start, end - start))
	{
		for (int i = start + 1; i < end - 1; i++)
		{
			if ((text[i] == '.' || text[i] == '_') &&
				class_of(text[i - 1]) == LETTER &&
				class_of(text[i + 1]) == LETTER)
			{
				BiAddToken(result, from, i);
				from = i + 1;
			}
		}
	}
	BiAddToken(result, from, end);
}

/*
 * Append the tokens of the run of ASCII at start.  Returns the offset where
 * it ended, at white space or the text's end, or -1 if the run turned out not
 * to be ASCII alone (tokens may have been appended all the same).
 */
static int
tokenize_ascii_run(const char *text, int len, int start, BiTokens *result)
{
	int			p = start;

	for (;;)
	{
		int			last;
		int			token;
		bool		cuts = false;
		bool		word = false;

		/* what separates */
		while (p < len && class_of(text[p]) <= COMMA)
			check_at(p++);
		if (p >= len || class_of(text[p]) == BLANK)
			return p;
		if (class_of(text[p]) == HIGH)
			return -1;

		/* what holds together */
		token = p;
		for (;;)
		{
			int			class;

			check_at(p);
			last = class_of(text[p]);
			if (last == LOW_LINE)
				cuts = true;
			else
			{
				word = true;
				while (p + 1 < len && class_of(text[p + 1]) == last)
					check_at(++p);
			}
			if (++p >= len)
				break;
			class = class_of(text[p]);
			if (class >= LETTER && class <= LOW_LINE)
				continue;
			if (p + 1 < len && class_of(text[p + 1]) == last &&
				((class == COMMA && last == DIGIT) ||
				 ((class == STOP || class == APOSTROPHE) &&
				  last != LOW_LINE)))
			{
				if (class == STOP)
					cuts = true;
				p++;
				continue;
			}
			break;
		}
		if (p < len && class_of(text[p]) == HIGH)
			return -1;
		if (!word)
			continue;
		if (cuts)
			add_cut(text, token, p, result);
		else
			BiAddToken(result, token, p);
	}
}

/* End of the run that starts at start; sets *high if it is not ASCII. */
static int
run_end(const char *text, int len, int start, bool *high)
{
	*high = false;
	while (start < len && class_of(text[start]) != BLANK)
	{
		if (class_of(text[start]) == HIGH)
			*high = true;
		check_at(start++);
	}
	return start;
}

/*
 * End of the longest sequence of runs, the first one at start, none of which
 * is ASCII alone.
 */
static int
sequence_end(const char *text, int len, int start)
{
	int			end = start;

	for (;;)
	{
		bool		high;
		int			stop;

		stop = run_end(text, len, start, &high);
		if (!high)
			return end;
		end = stop;
		start = stop;
		while (start < len && class_of(text[start]) == BLANK)
			start++;
	}
}

void
BiTokenize(const char *text, int len, BiTokens *result)
{
	int			p = 0;

	while (p < len)
	{
		int			before;
		int			end;

		if (class_of(text[p]) == BLANK)
		{
			check_at(p++);
			continue;
		}

		before = result->ntokens;
		end = tokenize_ascii_run(text, len, p, result);
		if (end < 0)
		{
			result->ntokens = before;
			end = sequence_end(text, len, p);
			BiIcuTokenize(text, p, end, result);
		}
		p = end;
	}
}

int
BiPieceEnd(const char *text, int len, int start, int want)
{
	int			end;

	if (len - start <= want)
		return len;
	end = start + want;
	while (end < len && class_of(text[end]) != BLANK)
		check_at(end++);
	return end < len ? end + 1 : len;
}
