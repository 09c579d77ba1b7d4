/*
 * tokenize.c
 *	  Text cut into tokens.
 *
 * White space splits the text into runs.  A run of pure ASCII is tokenized
 * here, by those word boundary rules of UAX #29 that apply to ASCII; any
 * others go to ICU (icu_tokenize.c), adjacent ones together.  Both give the
 * same tokens for ASCII.
 *
 * The rules for ASCII: letters, digits and _ stay together (WB5, 8, 9, 10,
 * 13); a full stop or apostrophe joins two letters or two digits (WB6, 7, 11,
 * 12), a comma or semicolon two digits (WB11, 12).  Everything else
 * separates, including the colon, which joins letters in UAX #29 but not in
 * our query language.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "text/icu_tokenize.h"
#include "text/tokenize.h"

/* check for interrupts every time this many bytes have been passed */
#define INTERRUPT_BYTES 65536

/*
 * Class of a byte in the rules: first those that separate, then those that
 * stay together.
 */
enum
{
	OTHER,
	STOP,						/* joins letters, or digits */
	APOSTROPHE,					/* likewise */
	COMMA,						/* joins digits */
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
byte_class_of(char c)
{
	return byte_class[(unsigned char) c];
}

/* Check for interrupts now and then in a loop over bytes; p is the offset. */
static inline void
check_interrupts_at(int p)
{
	if (p % INTERRUPT_BYTES == 0)
		CHECK_FOR_INTERRUPTS();
}

/*
 * Whether the ASCII token is an acronym: single letters separated by full
 * stops, perhaps followed by a possessive.
 */
static bool
is_ascii_acronym(const char *s, int len)
{
	if (len > 3 && s[len - 2] == '\'' && (s[len - 1] | 0x20) == 's')
		len -= 2;
	if (len % 2 == 0)
		return false;
	for (int i = 0; i < len; i++)
		if (i % 2 == 1 ? s[i] != '.' : byte_class_of(s[i]) != LETTER)
			return false;
	return true;
}

/* Append the ASCII token, split at each . or _ between two letters. */
static void
add_split_token(const char *text, int start, int end, BiTokens *result)
{
	int			from = start;

	if (!is_ascii_acronym(text + start, end - start))
	{
		for (int i = start + 1; i < end - 1; i++)
		{
			if ((text[i] == '.' || text[i] == '_') &&
				byte_class_of(text[i - 1]) == LETTER &&
				byte_class_of(text[i + 1]) == LETTER)
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
 * to be pure ASCII (in which case tokens may have been appended).
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

		/* characters that separate */
		while (p < len && byte_class_of(text[p]) <= COMMA)
			check_interrupts_at(p++);
		if (p >= len || byte_class_of(text[p]) == BLANK)
			return p;
		if (byte_class_of(text[p]) == HIGH)
			return -1;

		/* characters that stay together */
		token = p;
		for (;;)
		{
			int			class;

			check_interrupts_at(p);
			last = byte_class_of(text[p]);
			if (last == LOW_LINE)
				cuts = true;
			else
			{
				word = true;
				while (p + 1 < len && byte_class_of(text[p + 1]) == last)
					check_interrupts_at(++p);
			}
			if (++p >= len)
				break;
			class = byte_class_of(text[p]);
			if (class >= LETTER && class <= LOW_LINE)
				continue;
			if (p + 1 < len && byte_class_of(text[p + 1]) == last &&
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
		if (p < len && byte_class_of(text[p]) == HIGH)
			return -1;
		if (!word)
			continue;
		if (cuts)
			add_split_token(text, token, p, result);
		else
			BiAddToken(result, token, p);
	}
}

/* End of the run that begins at start; sets *high if it is not pure ASCII. */
static int
run_end(const char *text, int len, int start, bool *high)
{
	*high = false;
	while (start < len && byte_class_of(text[start]) != BLANK)
	{
		if (byte_class_of(text[start]) == HIGH)
			*high = true;
		check_interrupts_at(start++);
	}
	return start;
}

/*
 * End of the longest sequence of runs from start on, none of which is pure
 * ASCII.
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
		while (start < len && byte_class_of(text[start]) == BLANK)
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

		if (byte_class_of(text[p]) == BLANK)
		{
			check_interrupts_at(p++);
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
	while (end < len && byte_class_of(text[end]) != BLANK)
		check_interrupts_at(end++);
	return end < len ? end + 1 : len;
}
