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
 *
 * Only initials with blanks between (J. K.) reach from one run into the next;
 * they are joined when both have their tokens.
 */
#include "postgres.h"

#include <unicode/uchar.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/encoding.h"
#include "text/icu_tokenize.h"
#include "text/token_rules.h"
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
	AMPERSAND,					/* perhaps a token */
	LETTER,
	DIGIT,
	LOW_LINE,
	BLANK,
	HIGH						/* not ASCII */
};

#define O OTHER
#define A AMPERSAND
#define L LETTER
#define D DIGIT
#define B BLANK
#define H8 HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH

static const uint8 byte_class[256] = {
	O, O, O, O, O, O, O, O, O, B, B, B, B, B, O, O,
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	B, O, O, O, O, O, A, APOSTROPHE, O, O, O, O, COMMA, O, STOP, O,
	D, D, D, D, D, D, D, D, D, D, O, COMMA, O, O, O, O,
	O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
	L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, LOW_LINE,
	O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
	L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, O,
	H8, H8, H8, H8, H8, H8, H8, H8, H8, H8, H8, H8, H8, H8, H8, H8
};

#undef O
#undef A
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

static inline bool
is_ascii_letter(char c)
{
	return byte_class_of(c) == LETTER;
}

static inline bool
is_letter_or_digit(char c)
{
	int			class = byte_class_of(c);

	return class == LETTER || class == DIGIT;
}

/*
 * Whether the ASCII token is an acronym: single letters separated by full
 * stops, perhaps followed by a possessive; or, if a full stop follows the
 * token, one or two letters each.  Sets *dotted if that full stop belongs to
 * it.
 */
static bool
is_ascii_acronym(const char *s, int len, bool stop, bool *dotted)
{
	int			letters = 0;
	int			most = 1;
	int			stops = 0;

	if (len > 3 && s[len - 2] == '\'' && (s[len - 1] | 0x20) == 's')
	{
		len -= 2;
		stop = false;
	}
	for (int i = 0; i < len; i++)
	{
		if (is_ascii_letter(s[i]))
		{
			letters++;
			most = Max(most, letters);
		}
		else if (s[i] == '.' && letters > 0)
		{
			letters = 0;
			stops++;
		}
		else
			return false;
		if (most > 2)
			return false;
	}
	*dotted = stop;
	return stops > 0 && letters > 0 && (most == 1 || stop);
}

/*
 * Letters of the elided article at the start of the ASCII token; 0 if there
 * is none.
 */
static int
elided_letters(const char *s, int len)
{
	char		article[BI_MAX_ELIDED];
	int			n = 0;

	while (n < len && n < BI_MAX_ELIDED && is_ascii_letter(s[n]))
	{
		article[n] = s[n] | 0x20;
		n++;
	}
	if (n + 1 >= len || s[n] != '\'' || strchr("aeiouyh", s[n + 1] | 0x20) == NULL)
		return 0;
	return BiIsElided(article, n) ? n : 0;
}

/*
 * Append the elided articles at the start of the ASCII token, and return the
 * start of what follows them.
 */
static int
add_elided(const char *text, int start, int end, BiTokens *result)
{
	int			n;

	while ((n = elided_letters(text + start, end - start)) > 0)
	{
		BiAddToken(result, start, start + n);
		start += n + 1;
	}
	return start;
}

/*
 * Append the ASCII token start .. end of a text of len bytes, split further:
 * after elided articles, and at each . or _ between two letters.
 */
static void
add_split_token(const char *text, int len, int start, int end,
				BiTokens *result)
{
	bool		dotted;

	while (text[start] == '_')
		start++;
	while (text[end - 1] == '_')
		end--;
	start = add_elided(text, start, end, result);
	if (is_ascii_acronym(text + start, end - start,
						 end < len && text[end] == '.', &dotted))
	{
		BiAddToken(result, start, dotted ? end + 1 : end);
		return;
	}
	for (int i = start + 1; i < end - 1; i++)
	{
		if ((text[i] == '.' || text[i] == '_') &&
			is_ascii_letter(text[i - 1]) && is_ascii_letter(text[i + 1]))
		{
			BiAddToken(result, start, i);
			start = add_elided(text, i + 1, end, result);
			i = start;
		}
	}
	BiAddToken(result, start, end);
}

/*
 * Append the ampersand at p of the run that begins at start, if it is between
 * letters or digits, or the whole run.
 */
static void
add_ampersand(const char *text, int len, int start, int p, BiTokens *result)
{
	bool		blank_before = p == start;
	bool		blank_after = p + 1 == len ||
		byte_class_of(text[p + 1]) == BLANK;

	if (blank_before && blank_after)
		BiAddToken(result, p, p + 1);
	else if (!blank_before && !blank_after &&
			 is_letter_or_digit(text[p - 1]) &&
			 is_letter_or_digit(text[p + 1]))
		BiAddToken(result, p, p + 1);
}

/*
 * Does the last token end with the full stop of an acronym, and is what
 * stands at start a possessive of it?
 */
static inline bool
is_possessive_of_last(const char *text, int start, const BiTokens *tokens)
{
	return start > 1 && (text[start] | 0x20) == 's' &&
		text[start - 1] == '\'' && text[start - 2] == '.' &&
		tokens->ntokens > 0 &&
		tokens->tokens[tokens->ntokens - 1].end == start - 1;
}

/* End of the bytes of one class at p. */
static inline int
class_end(const char *text, int len, int p, int class)
{
	for (;;)
	{
		const char *at = text + p;
		const char *stop = at + Min(len - p, INTERRUPT_BYTES);

		while (at < stop && byte_class_of(*at) == class)
			at++;
		p = at - text;
		if (at < stop || p == len)
			return p;
		CHECK_FOR_INTERRUPTS();
	}
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
		while (p < len && byte_class_of(text[p]) <= AMPERSAND)
		{
			if (byte_class_of(text[p]) == AMPERSAND)
				add_ampersand(text, len, start, p, result);
			check_interrupts_at(p++);
		}
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
				word = true;
			p = class_end(text, len, p + 1, last);
			if (p >= len)
				break;
			class = byte_class_of(text[p]);
			if (class >= LETTER && class <= LOW_LINE)
				continue;
			if (p + 1 < len && byte_class_of(text[p + 1]) == last &&
				((class == COMMA && last == DIGIT) ||
				 ((class == STOP || class == APOSTROPHE) &&
				  last != LOW_LINE)))
			{
				if (class != COMMA)
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
			add_split_token(text, len, token, p, result);
		else if (p - token == 1 && is_possessive_of_last(text, token, result))
			result->tokens[result->ntokens - 1].end = p;
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

/*
 * End of the initial at start, a single capital with its marks and the full
 * stop after it, if nothing is glued to that; else -1.
 */
static int
initial_end(const char *text, int len, int start)
{
	int			p = start;
	int			n = 1;
	uint32		c;

	c = BiDecodeChar(text + p, text + len, &n);
	if (!u_isUUppercase((UChar32) c))
		return -1;
	p += n;
	while (p < len && IS_HIGHBIT_SET(text[p]))
	{
		c = BiDecodeChar(text + p, text + len, &n);
		if ((U_GET_GC_MASK((UChar32) c) & U_GC_M_MASK) == 0)
			return -1;
		check_interrupts_at(p);
		p += n;
	}
	if (p >= len || text[p] != '.')
		return -1;
	p++;
	if (p >= len)
		return p;
	c = BiDecodeChar(text + p, text + len, &n);
	return u_isalnum((UChar32) c) || c == '_' ||
		(U_GET_GC_MASK((UChar32) c) & U_GC_M_MASK) != 0 ? -1 : p;
}

/* Length of the white space at p, if it is just one character; else 0. */
static int
single_blank(const char *text, int len, int p)
{
	int			n = 1;
	uint32		c;

	if (p >= len)
		return 0;
	c = BiDecodeChar(text + p, text + len, &n);
	if (c == 0x2029 || !u_isUWhiteSpace((UChar32) c))
		return 0;
	return n;
}

/*
 * If the token is an initial, where its full stop ends; else -1.
 */
static inline int
token_initial_end(const char *text, int len, const BiToken *token)
{
	if (token->end >= len || text[token->end] != '.' ||
		initial_end(text, len, token->start) != token->end + 1)
		return -1;
	return token->end + 1;
}

/* Is the token a possessive of what ends at byte end? */
static bool
is_possessive_after(const char *text, int len, int end, const BiToken *token)
{
	int			n;

	return end < len && token->end - token->start == 1 &&
		(text[token->start] | 0x20) == 's' &&
		BiIsApostrophe(BiDecodeChar(text + end, text + len, &n)) &&
		token->start == end + n;
}

int
BiJoinInitials(const char *text, int len, BiTokens *result, int first,
			   int open)
{
	int			kept = first;

	for (int i = first; i < result->ntokens; i++)
	{
		BiToken		token = result->tokens[i];
		int			end = token_initial_end(text, len, &token);
		int			blank = end < 0 || open < 0 ? 0 :
			single_blank(text, len, open);

		if (blank > 0 && open + blank == token.start)
		{
			result->tokens[kept - 1].end = open = end;
			if (i + 1 < result->ntokens &&
				is_possessive_after(text, len, end, &result->tokens[i + 1]))
			{
				result->tokens[kept - 1].end = result->tokens[++i].end;
				open = -1;
			}
			continue;
		}
		result->tokens[kept++] = token;
		open = end;
	}
	result->ntokens = kept;
	return open;
}

void
BiTokenize(const char *text, int len, BiTokens *result)
{
	int			p = 0;
	int			open = -1;		/* where the initials end that were the last
								 * token */

	while (p < len)
	{
		int			before;
		int			end;
		bool		mixed;

		if (byte_class_of(text[p]) == BLANK)
		{
			p = class_end(text, len, p + 1, BLANK);
			continue;
		}

		/* most runs are a word of letters */
		if (open < 0 && byte_class_of(text[p]) == LETTER)
		{
			end = class_end(text, len, p + 1, LETTER);
			if (end == len || byte_class_of(text[end]) == BLANK)
			{
				BiAddToken(result, p, end);
				p = end;
				continue;
			}
		}

		before = result->ntokens;
		end = tokenize_ascii_run(text, len, p, result);
		mixed = end < 0;
		if (mixed)
		{
			result->ntokens = before;
			end = sequence_end(text, len, p);
			BiIcuTokenize(text, p, end, result);
		}
		if (result->ntokens == before)
			open = -1;
		/* most runs of ASCII neither begin nor end with an initial */
		else if (mixed || open >= 0 || text[end - 1] == '.')
			open = BiJoinInitials(text, len, result, before, open);
		p = end;
	}
}

/* Is the ASCII white space at p perhaps inside initials? */
static bool
is_within_initials(const char *text, int len, int p)
{
	return p > 1 && text[p - 1] == '.' &&
		(IS_HIGHBIT_SET(text[p - 2]) ||
		 (text[p - 2] >= 'A' && text[p - 2] <= 'Z')) &&
		p + 1 < len && initial_end(text, len, p + 1) >= 0;
}

int
BiPieceEnd(const char *text, int len, int start, int want)
{
	int			end;

	if (len - start <= want)
		return len;
	end = start + want;
	while (end < len && (byte_class_of(text[end]) != BLANK ||
						 is_within_initials(text, len, end)))
		check_interrupts_at(end++);
	return end < len ? end + 1 : len;
}
