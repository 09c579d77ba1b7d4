/*
 * fold.c
 *	  One token folded to the form in which it is stored and searched.
 *
 * ASCII is folded in one pass over its bytes.  Anything else goes through
 * ICU's NFKC_Casefold, is decomposed to remove accents, recomposed, and then
 * processed code point by code point.
 *
 * A byte that is invalid in the encoding passes through ICU as the lone
 * surrogate U+DC00 plus the byte, which every step leaves alone, and is then
 * restored.
 */
#include "postgres.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/utf16.h>

#include "mb/pg_wchar.h"

#include "base/encoding.h"
#include "text/fold.h"

#define BAD_BYTE_BASE 0xDC00

/* UTF-16 text between the steps; units is palloc'd */
typedef struct Units
{
	UChar	   *units;
	int32		len;
} Units;

/* the folded token as code points; chars is palloc'd */
typedef struct Folded
{
	uint32	   *chars;
	int			n;
	int			max;
} Folded;

static inline bool
is_bad_byte(uint32 c)
{
	return c >= BAD_BYTE_BASE + 0x80 && c <= BAD_BYTE_BASE + 0xFF;
}

/* A base letter of any script, as in an acronym. */
static inline bool
is_letter(uint32 c)
{
	return u_hasBinaryProperty((UChar32) c, UCHAR_ALPHABETIC) &&
		(U_GET_GC_MASK((UChar32) c) & U_GC_M_MASK) == 0;
}

static inline bool
is_mark(uint32 c)
{
	return (U_GET_GC_MASK((UChar32) c) & U_GC_M_MASK) != 0;
}

static inline UScriptCode
script_of(uint32 c)
{
	UErrorCode	status = U_ZERO_ERROR;

	return uscript_getScript((UChar32) c, &status);
}

static inline bool
is_ascii_digit(uint32 c)
{
	return c >= '0' && c <= '9';
}

/*
 * Whether the commas among the n characters group a number's digits: each has
 * a digit before it and three after it.
 */
static bool
commas_group_digits(const char *s, int n)
{
	int			commas = 0;

	for (int i = 0; i < n; i++)
	{
		int			digits = 0;

		if (s[i] != ',')
			continue;
		if (i == 0 || !is_ascii_digit(s[i - 1]))
			return false;
		while (digits < 4 && i + 1 + digits < n &&
			   is_ascii_digit(s[i + 1 + digits]))
			digits++;
		if (digits != 3)
			return false;
		commas++;
	}
	return commas > 0;
}

/* Remove these commas in place; returns the new length. */
static int
drop_commas_ascii(char *s, int len)
{
	int			kept = 0;

	if (!commas_group_digits(s, len))
		return len;
	for (int i = 0; i < len; i++)
		if (s[i] != ',')
			s[kept++] = s[i];
	return kept;
}

/*
 * Drop the dots of an acronym of len bytes, and the blanks between initials;
 * works in place and returns the new length.
 */
static int
drop_dots_ascii(char *s, int len)
{
	int			letters = 0;
	int			most = 1;
	int			dots = 0;
	int			kept = 0;

	for (int i = 0; i < len; i++)
	{
		if (s[i] >= 'a' && s[i] <= 'z')
		{
			letters++;
			most = Max(most, letters);
		}
		else if (s[i] == '.' && letters > 0)
		{
			letters = 0;
			dots++;
		}
		else if (s[i] != ' ' || i == 0 || s[i - 1] != '.')
			return len;
		if (most > 2)
			return len;
	}
	if (dots == 0 || (dots == 1 && letters == 0) || (most > 1 && letters > 0))
		return len;
	for (int i = 0; i < len; i++)
		if (s[i] != '.' && s[i] != ' ')
			s[kept++] = s[i];
	return kept;
}

/*
 * Remove from the folded token of len bytes at s what does not belong to the
 * word: apostrophes at the ends, a possessive, the dots of an acronym, the
 * commas of a number.  Works in place and returns the new length.
 */
static int
trim_ascii(char *s, int len)
{
	int			start = 0;

	while (start < len && s[start] == '\'')
		start++;
	while (len > start && s[len - 1] == '\'')
		len--;
	if (len - start >= 3 && s[len - 2] == '\'' && s[len - 1] == 's')
		len -= 2;
	while (len > start && s[len - 1] == '\'')
		len--;
	if (start > 0)
	{
		len -= start;
		memmove(s, s + start, len);
	}
	len = drop_dots_ascii(s, len);
	return drop_commas_ascii(s, len);
}

/* What BiFoldAscii() does if there are signs, which may have to go. */
static int
fold_ascii_signs(const char *s, int len, bool whole, char *out)
{
	bool		signs = false;

	for (int i = 0; i < len; i++)
	{
		char		c = s[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		else if ((unsigned char) c >= 0x80)
			return -1;
		else if (c == '\'' || c == '.' || c == ',')
			signs = true;
		else if (whole && c >= '\t' && c <= '\r')
			c = ' ';			/* between initials */
		out[i] = c;
	}
	return whole && signs ? trim_ascii(out, len) : len;
}

int
BiFoldAscii(const char *s, int len, bool whole, char *out)
{
	bool		signs = false;

	/* without branches: most words have letters and digits alone */
	for (int i = 0; i < len; i++)
	{
		signed char c = s[i];

		signs |= c < '0';
		out[i] = c | ((unsigned char) (c - 'A') < 26) << 5;
	}
	return signs ? fold_ascii_signs(s, len, whole, out) : len;
}

/*
 * Normalize in with one of ICU's normalizers.  The result is palloc'd, in is
 * freed.
 */
static Units
icu_normalize(const UNormalizer2 * normalizer, Units in)
{
	UErrorCode	status = U_ZERO_ERROR;
	int32		room = in.len + in.len / 2 + 16;
	Units		out;

	out.units = palloc(sizeof(UChar) * room);
	out.len = unorm2_normalize(normalizer, in.units, in.len,
							   out.units, room, &status);
	if (status == U_BUFFER_OVERFLOW_ERROR)
	{
		room = out.len + 1;
		pfree(out.units);
		out.units = palloc(sizeof(UChar) * room);
		status = U_ZERO_ERROR;
		out.len = unorm2_normalize(normalizer, in.units, in.len,
								   out.units, room, &status);
	}
	pfree(in.units);
	if (U_FAILURE(status))
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("could not normalize text with ICU: %s",
						u_errorName(status))));
	return out;
}

/*
 * Remove the accents from the decomposed text: nonspacing marks after a Latin
 * or Greek letter, and the dots of the Cyrillic yo.
 */
static void
drop_accents(Units *text)
{
	int32		from = 0;
	int32		to = 0;
	bool		plain = false;	/* the base letter is Latin or Greek */
	UChar32		base = 0;

	while (from < text->len)
	{
		UChar32		c;
		int32		start = from;

		U16_NEXT(text->units, from, text->len, c);
		if (u_charType(c) == U_NON_SPACING_MARK)
		{
			if (plain || (base == 0x0435 && c == 0x0308))
				continue;
		}
		else
		{
			UScriptCode script = script_of(c);

			base = c;
			plain = script == USCRIPT_LATIN || script == USCRIPT_GREEK;
		}
		while (start < from)
			text->units[to++] = text->units[start++];
	}
	text->len = to;
}

/*
 * Whether drop_accents() could find anything in composed text: a separate
 * mark, a Latin or Greek letter beyond ASCII, or the Cyrillic yo.
 */
static bool
may_have_accents(const Units *text)
{
	int32		i = 0;

	while (i < text->len)
	{
		UChar32		c;
		UScriptCode script;

		U16_NEXT(text->units, i, text->len, c);
		if (c < 0x80)
			continue;
		if (c < 0x0250 || c == 0x0451)
			return true;
		script = script_of(c);
		if (script == USCRIPT_LATIN || script == USCRIPT_GREEK ||
			u_charType(c) == U_NON_SPACING_MARK)
			return true;
	}
	return false;
}

static void
append_char(Folded *folded, uint32 c)
{
	if (folded->n == folded->max)
	{
		folded->max = folded->max * 2 + 16;
		folded->chars = folded->chars == NULL ?
			palloc(sizeof(uint32) * folded->max) :
			repalloc(folded->chars, sizeof(uint32) * folded->max);
	}
	folded->chars[folded->n++] = c;
}

/* The points of Hebrew and Arabic, and Arabic's tatweel. */
static bool
is_point(uint32 c)
{
	if (c < 0x0591 || c > 0x06ED)
		return false;
	return (c <= 0x05C7 && c != 0x05BE && c != 0x05C0 && c != 0x05C3 &&
			c != 0x05C6) ||
		(c >= 0x0610 && c <= 0x061A) || c == 0x0640 ||
		(c >= 0x064B && c <= 0x065F) || c == 0x0670 ||
		(c >= 0x06D6 && c <= 0x06DC) || (c >= 0x06DF && c <= 0x06E4) ||
		c == 0x06E7 || c == 0x06E8 || c >= 0x06EA;
}

/* The one of the variants of an Arabic letter that stands for all. */
static uint32
arabic_letter(uint32 c)
{
	switch (c)
	{
		case 0x0622:			/* alef with madda or hamza, alef wasla */
		case 0x0623:
		case 0x0625:
		case 0x0671:
			return 0x0627;
		case 0x0649:			/* alef maksura, Persian yeh */
		case 0x06CC:
			return 0x064A;
		case 0x06A9:			/* Persian kaf */
			return 0x0643;
		case 0x0629:			/* teh marbuta */
			return 0x0647;
		default:
			return c;
	}
}

/*
 * Append c after the last step, which maps apostrophes, digits and letters
 * with strokes.  It drops control characters, to which ICU lets a mark
 * attach: a query's patterns use them as signs (bi_query.h).
 */
static void
append_last_step(Folded *folded, uint32 c, const BiFoldOptions *options)
{
	bool		accents = options->accents;
	int			digit;

	if (c < 0x80)
	{
		if (c >= ' ')
			append_char(folded, c);
		return;
	}
	if (BiIsApostrophe(c) || (c == 0x05F3 && options->points))
	{
		append_char(folded, '\'');
		return;
	}
	if (options->points && is_point(c))
		return;
	if (options->points)
		c = arabic_letter(c);
	switch (c)
	{
		case 0x00E6:
		case 0x0153:
			if (accents)
			{
				append_char(folded, c == 0x00E6 ? 'a' : 'o');
				append_char(folded, 'e');
				return;
			}
			break;
		case 0x00F8:
		case 0x0142:
		case 0x0111:
		case 0x0131:
			if (accents)
				c = c == 0x00F8 ? 'o' : c == 0x0142 ? 'l' :
					c == 0x0111 ? 'd' : 'i';
			break;
		default:
			digit = u_charDigitValue((UChar32) c);
			if (digit >= 0 &&
				u_charType((UChar32) c) == U_DECIMAL_DIGIT_NUMBER)
				c = '0' + digit;
			break;
	}
	append_char(folded, c);
}

/*
 * Append the n characters folded, without regard to the word's ends or to
 * what the database encoding can represent.
 */
static void
fold_chars(const uint32 *chars, int n, const BiFoldOptions *options,
		   Folded *folded)
{
	UErrorCode	status = U_ZERO_ERROR;
	const		UNormalizer2 *casefold =
		unorm2_getNFKCCasefoldInstance(&status);
	const		UNormalizer2 *nfd = unorm2_getNFDInstance(&status);
	const		UNormalizer2 *nfc = unorm2_getNFCInstance(&status);
	Units		text;
	int32		i = 0;

	if (U_FAILURE(status))
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("could not open ICU normalizer: %s",
						u_errorName(status))));

	text.units = palloc(sizeof(UChar) * 2 * Max(n, 1));
	text.len = 0;
	for (int k = 0; k < n; k++)
		U16_APPEND_UNSAFE(text.units, text.len, chars[k]);

	text = icu_normalize(casefold, text);
	if (options->accents && may_have_accents(&text))
	{
		text = icu_normalize(nfd, text);
		drop_accents(&text);
		text = icu_normalize(nfc, text);
	}
	while (i < text.len)
	{
		UChar32		c;

		U16_NEXT(text.units, i, text.len, c);
		append_last_step(folded, (uint32) c, options);
	}
	pfree(text.units);
}

/* Encode c in the database encoding; returns its bytes, 0 if it has none. */
static int
encode_char(uint32 c, char *buf)
{
	if (is_bad_byte(c))
	{
		buf[0] = (char) (c - BAD_BYTE_BASE);
		return 1;
	}
	return BiEncodeChar(c, buf);
}

static bool
is_encodable(const uint32 *chars, int n)
{
	char		buf[MAX_MULTIBYTE_CHAR_LEN + 1];

	for (int i = 0; i < n; i++)
		if (chars[i] >= 0x80 && encode_char(chars[i], buf) == 0)
			return false;
	return true;
}

/*
 * As fold_chars, but one character at a time, and keeping a character if the
 * database encoding cannot represent its folded form.
 */
static void
fold_encodable(const uint32 *chars, int n, const BiFoldOptions *options,
			   Folded *folded)
{
	for (int i = 0; i < n; i++)
	{
		int			before = folded->n;

		fold_chars(chars + i, 1, options, folded);
		if (!is_encodable(folded->chars + before, folded->n - before))
		{
			folded->n = before;
			append_char(folded, chars[i]);
		}
	}
}

/* Is c gershayim, or one of the marks that are typed for them? */
static inline bool
is_gershayim(uint32 c)
{
	return c == '"' || c == 0x05F4 || c == 0x201C || c == 0x201D;
}

/* Drop gershayim between Hebrew letters. */
static void
drop_gershayim(Folded *word)
{
	int			kept = 0;

	for (int i = 0; i < word->n; i++)
	{
		uint32		c = word->chars[i];

		if (is_gershayim(c) && kept > 0 && i + 1 < word->n &&
			script_of(word->chars[kept - 1]) == USCRIPT_HEBREW &&
			script_of(word->chars[i + 1]) == USCRIPT_HEBREW)
			continue;
		word->chars[kept++] = c;
	}
	word->n = kept;
}

/* Remove apostrophes and a possessive from the ends. */
static void
drop_apostrophes(Folded *word)
{
	uint32	   *c = word->chars;
	int			start = 0;

	while (start < word->n && c[start] == '\'')
		start++;
	while (word->n > start && c[word->n - 1] == '\'')
		word->n--;
	if (word->n - start >= 3 &&
		c[word->n - 2] == '\'' && c[word->n - 1] == 's')
		word->n -= 2;
	while (word->n > start && c[word->n - 1] == '\'')
		word->n--;
	if (start > 0)
	{
		word->n -= start;
		memmove(c, c + start, sizeof(uint32) * word->n);
	}
}

/*
 * Drop the dots if the word is an acronym: single letters, or with a dot at
 * the end of one or two letters; and the blanks between initials.
 */
static void
drop_acronym_dots(Folded *word)
{
	int			letters = 0;	/* since the last dot */
	int			most = 1;
	int			dots = 0;
	int			kept = 0;

	for (int i = 0; i < word->n; i++)
	{
		uint32		c = word->chars[i];

		if (c == '.' && letters > 0)
		{
			letters = 0;
			dots++;
		}
		else if (is_letter(c))
		{
			letters++;
			most = Max(most, letters);
		}
		else if (c == ' ' ? i == 0 || word->chars[i - 1] != '.' :
				 !is_mark(c) || letters == 0)
			return;
		if (most > 2)
			return;
	}
	if (dots == 0 || (dots == 1 && letters == 0) || (most > 1 && letters > 0))
		return;
	for (int i = 0; i < word->n; i++)
		if (word->chars[i] != '.' && word->chars[i] != ' ')
			word->chars[kept++] = word->chars[i];
	word->n = kept;
}

/* Drop the commas that group a number's digits. */
static void
drop_commas(Folded *word)
{
	char	   *ascii = NULL;
	int			kept = 0;

	for (int i = 0; i < word->n; i++)
	{
		if (word->chars[i] == ',' && ascii == NULL)
			ascii = palloc(word->n);
	}
	if (ascii == NULL)
		return;
	for (int i = 0; i < word->n; i++)
		ascii[i] = word->chars[i] < 0x80 ? (char) word->chars[i] : 'x';
	if (commas_group_digits(ascii, word->n))
	{
		for (int i = 0; i < word->n; i++)
			if (word->chars[i] != ',')
				word->chars[kept++] = word->chars[i];
		word->n = kept;
	}
	pfree(ascii);
}

static void
trim_word(Folded *word)
{
	if (word->n == 0)
		return;
	drop_gershayim(word);
	drop_apostrophes(word);
	drop_acronym_dots(word);
	drop_commas(word);
	/* a point of its own was a blank with a mark */
	if (word->n == 1 && word->chars[0] == ' ')
		word->n = 0;
}

/* Append the folded word to out in the database encoding. */
static void
append_encoded(const Folded *word, StringInfo out)
{
	for (int i = 0; i < word->n; i++)
	{
		char		buf[MAX_MULTIBYTE_CHAR_LEN + 1];

		appendBinaryStringInfo(out, buf, encode_char(word->chars[i], buf));
	}
}

void
BiFold(const char *s, int len, const BiFoldOptions *options,
	   bool whole, StringInfo out)
{
	uint32	   *chars;
	int32	   *offsets;
	Folded		word = {NULL, 0, 0};
	bool		same;
	int			n;

	enlargeStringInfo(out, len);
	n = BiFoldAscii(s, len, whole, out->data + out->len);
	if (n >= 0)
	{
		out->len += n;
		out->data[out->len] = '\0';
		return;
	}
	out->data[out->len] = '\0';

	chars = palloc(sizeof(uint32) * len);
	offsets = palloc(sizeof(int32) * (len + 1));
	n = BiDecode(s, len, chars, offsets);
	for (int i = 0; i < n; i++)
		if (chars[i] == BI_BAD_CHAR && offsets[i + 1] - offsets[i] == 1)
			chars[i] = BAD_BYTE_BASE + (unsigned char) s[offsets[i]];

	fold_chars(chars, n, options, &word);
	same = word.n == n && memcmp(word.chars, chars, sizeof(uint32) * n) == 0;
	if (!same && !is_encodable(word.chars, word.n))
	{
		word.n = 0;
		fold_encodable(chars, n, options, &word);
	}
	if (whole)
		trim_word(&word);
	if (same && word.n == n)
		appendBinaryStringInfo(out, s, len);
	else
		append_encoded(&word, out);

	if (word.chars != NULL)
		pfree(word.chars);
	pfree(chars);
	pfree(offsets);
}

int
BiFoldFraction(const char *s, int len, char parts[2][BI_FRACTION_BYTES])
{
	UErrorCode	status = U_ZERO_ERROR;
	UChar		units[8];
	int			nunits;
	int			clen;
	int			part = 0;
	int			n = 0;
	uint32		c;

	if (len == 0 || !IS_HIGHBIT_SET(*s))
		return 0;
	c = BiDecodeChar(s, s + len, &clen);
	if (clen != len || !((c >= 0x00BC && c <= 0x00BE) ||
						 (c >= 0x2150 && c <= 0x215F) || c == 0x2189))
		return 0;
	nunits = unorm2_getDecomposition(unorm2_getNFKCInstance(&status),
									 (UChar32) c, units, lengthof(units),
									 &status);
	if (U_FAILURE(status))
		return 0;
	for (int i = 0; i < nunits; i++)
	{
		if (is_ascii_digit(units[i]))
		{
			if (n < BI_FRACTION_BYTES - 1)
				parts[part][n++] = (char) units[i];
		}
		else if (part == 0)
		{
			parts[part++][n] = '\0';
			n = 0;
		}
	}
	parts[part][n] = '\0';
	return n > 0 ? part + 1 : part;
}

bool
BiIsAmpersandToken(const char *s, int len)
{
	int			clen;

	if (len == 1)
		return *s == '&';
	return len > 1 && IS_HIGHBIT_SET(*s) &&
		BiDecodeChar(s, s + len, &clen) == 0xFF06 && clen == len;
}
