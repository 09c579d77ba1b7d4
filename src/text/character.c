/*
 * character.c
 *	  Chinese, Japanese and Korean characters as words of their own.
 */
#include "postgres.h"

#include "base/encoding.h"
#include "text/character.h"

/* what ICU gets for a character, and for what continues a syllable */
#define SEPARATOR			0xFFFC	/* object replacement character */
#define LONG_SEPARATOR		0x10FFFF	/* a noncharacter, of two units */
#define CONTINUATION		0x0300	/* a mark */

typedef struct Range
{
	uint32		first;
	uint32		last;
} Range;

/* ascending */
static const Range characters[] = {
	{0x1100, 0x11FF},			/* hangul jamo */
	{0x2E80, 0x2FDF},			/* radicals */
	{0x3005, 0x3007},			/* iteration mark, closing mark, zero */
	{0x3021, 0x3029},			/* numerals */
	{0x3031, 0x3035},			/* kana repeat marks */
	{0x3038, 0x303C},			/* numerals, marks of iteration and masu */
	{0x3041, 0x3096},			/* hiragana */
	{0x309D, 0x309F},
	{0x30A1, 0x30FA},			/* katakana, without the middle dot */
	{0x30FC, 0x30FF},
	{0x3105, 0x312F},			/* bopomofo */
	{0x3131, 0x318E},			/* hangul compatibility jamo */
	{0x31A0, 0x31BF},			/* bopomofo extended */
	{0x31F0, 0x31FF},			/* katakana phonetic extensions */
	{0x3400, 0x4DBF},			/* ideographs */
	{0x4E00, 0x9FFF},
	{0xA960, 0xA97C},			/* jamo extended A */
	{0xAC00, 0xD7A3},			/* hangul syllables */
	{0xD7B0, 0xD7FB},			/* jamo extended B */
	{0xF900, 0xFAFF},			/* compatibility ideographs */
	{0xFF66, 0xFF9D},			/* half-width katakana */
	{0xFFA0, 0xFFDC},			/* half-width jamo */
	{0x17000, 0x18DFF},			/* Tangut, Khitan */
	{0x1AFF0, 0x1B2FF},			/* kana of old, Nushu */
	{0x20000, 0x3FFFD}			/* ideographs; some are yet to come */
};

/* of these, those that folding leaves as they are */
static const Range plain_characters[] = {
	{0x3005, 0x3007},
	{0x3041, 0x3096},
	{0x30A1, 0x30FA},
	{0x30FC, 0x30FE},
	{0x3400, 0x4DBF},
	{0x4E00, 0x9FFF},
	{0xAC00, 0xD7A3},
	{0x20000, 0x2F7FF}
};

static bool
is_in(const Range *ranges, int n, uint32 c)
{
	int			low = 0;

	while (low < n)
	{
		int			middle = (low + n) / 2;

		if (c > ranges[middle].last)
			low = middle + 1;
		else if (c < ranges[middle].first)
			n = middle;
		else
			return true;
	}
	return false;
}

bool
BiIsCharacter(uint32 c)
{
	return c >= 0x1100 && is_in(characters, lengthof(characters), c);
}

static inline bool
is_leading_jamo(uint32 c)
{
	return (c >= 0x1100 && c <= 0x115F) || (c >= 0xA960 && c <= 0xA97C);
}

static inline bool
is_vowel_jamo(uint32 c)
{
	return (c >= 0x1160 && c <= 0x11A7) || (c >= 0xD7B0 && c <= 0xD7C6);
}

static inline bool
is_trailing_jamo(uint32 c)
{
	return (c >= 0x11A8 && c <= 0x11FF) || (c >= 0xD7CB && c <= 0xD7FB);
}

static inline bool
is_syllable(uint32 c)
{
	return c >= 0xAC00 && c <= 0xD7A3;
}

/* A syllable without a final consonant; there are 28 for each pair. */
static inline bool
is_open_syllable(uint32 c)
{
	return is_syllable(c) && (c - 0xAC00) % 28 == 0;
}

/* Whether before and c are in one syllable (UAX #29, GB6 to GB8). */
static bool
continues_syllable(uint32 before, uint32 c)
{
	if (is_leading_jamo(before))
		return is_leading_jamo(c) || is_vowel_jamo(c) || is_syllable(c);
	if (is_vowel_jamo(before) || is_open_syllable(before))
		return is_vowel_jamo(c) || is_trailing_jamo(c);
	if (is_trailing_jamo(before) || is_syllable(before))
		return is_trailing_jamo(c);
	return false;
}

uint32
BiCharacterForIcu(uint32 before, uint32 c)
{
	if (!BiIsCharacter(c))
		return c;
	if (continues_syllable(before, c))
		return CONTINUATION;
	return c > 0xFFFF ? LONG_SEPARATOR : SEPARATOR;
}

bool
BiIsCharacterToken(const char *token, int len, bool *plain)
{
	int			first_len;
	uint32		c = BiDecodeChar(token, token + len, &first_len);

	*plain = first_len == len &&
		is_in(plain_characters, lengthof(plain_characters), c);
	return BiIsCharacter(c);
}
