/*
 * icu_tokenize.c
 *	  The tokens of text that is not pure ASCII, by ICU's word boundaries.
 *
 * ICU gets UTF-16 in which white space is a blank, whatever else always
 * separates (@, the colon and bytes that are no character) a slash, every
 * apostrophe and every mark that may be gershayim the straight one, and a
 * subscript digit after a letter an ordinary digit, so that versions of ICU
 * that treat these differently agree.
 *
 * A text is handed over in chunks.  They are cut after punctuation at which
 * ICU always breaks, whatever its context, so that cutting changes nothing.
 * In a text without any such place for thousands of characters, they are cut
 * at one of ICU's own boundaries, followed by as much text as ICU could look
 * ahead.  That boundary must follow from the rules: where ICU separates words
 * with a dictionary, each boundary may depend on the whole stretch of text in
 * the dictionary's scripts.  If there is none, the chunk grows.  Only a
 * stretch of many pages is cut between its words, and a word is never cut.
 */
#include "postgres.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/utf16.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/encoding.h"
#include "text/breaker.h"
#include "text/character.h"
#include "text/icu_tokenize.h"
#include "text/token_rules.h"

/* bytes of a chunk, unless there is no safe place to cut it */
#define CHUNK_BYTES 16384

/* ... from which on it may be cut between words of a dictionary */
#define MAX_STRETCH_BYTES (8 * CHUNK_BYTES)

/* a chunk of text in three representations */
typedef struct Chunk
{
	uint32	   *chars;			/* as ICU gets them, see above */
	int32	   *offsets;		/* byte offsets in the text, n + 1 of them */
	UChar	   *units;			/* the same in UTF-16 */
	int			n;				/* characters */
	int			room;			/* bytes of text for which there is room */
	uint32		before;			/* the character before it, a blank if none is */
} Chunk;

/* what ICU gets for signs that always separate */
#define SEPARATOR '/'

/* The character that ICU gets for c. */
static inline uint32
char_for_icu(uint32 c)
{
	if (c < 0x80)
		return c == '@' || c == ':' ? SEPARATOR :
			c >= '\t' && c <= '\r' ? ' ' : c;
	if (BiIsApostrophe(c))
		return '\'';
	switch (c)
	{
		case 0xFE6B:			/* @ */
		case 0xFF20:
		case 0xFE13:			/* : */
		case 0xFE55:
		case 0xFF1A:
		case BI_BAD_CHAR:
			return SEPARATOR;
		case 0x05F3:			/* geresh */
			return '\'';
		case 0x05F4:			/* gershayim */
		case 0x201C:
		case 0x201D:
			return '"';
		default:
			return u_isUWhiteSpace((UChar32) c) ? ' ' : c;
	}
}

static inline bool
is_letter(uint32 c)
{
	if (c < 0x80)
		return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
	return u_hasBinaryProperty((UChar32) c, UCHAR_ALPHABETIC) &&
		(U_GET_GC_MASK((UChar32) c) & U_GC_M_MASK) == 0;
}

static inline bool
is_digit(uint32 c)
{
	if (c < 0x80)
		return c >= '0' && c <= '9';
	return u_charType((UChar32) c) == U_DECIMAL_DIGIT_NUMBER;
}

/* Marks and format characters, which belong to the preceding character. */
static inline bool
is_attached(uint32 c)
{
	return c >= 0x80 &&
		(U_GET_GC_MASK((UChar32) c) & (U_GC_M_MASK | U_GC_CF_MASK)) != 0;
}

/* Whether ICU never breaks before c, except at the start of a text. */
static inline bool
never_breaks_before(uint32 c)
{
	switch (c < 0x80 ? U_WB_OTHER :
			u_getIntPropertyValue((UChar32) c, UCHAR_WORD_BREAK))
	{
		case U_WB_EXTEND:
		case U_WB_FORMAT:
		case U_WB_ZWJ:
			return true;
		default:
			return is_attached(c);
	}
}

/* The full stop in all its forms. */
static inline bool
is_stop(uint32 c)
{
	return c == '.' || c == 0x2024 || c == 0xFE52 || c == 0xFF0E;
}

/* The low line, and those that NFKC makes it. */
static inline bool
is_low_line(uint32 c)
{
	return c == '_' || c == 0xFE33 || c == 0xFE34 ||
		(c >= 0xFE4D && c <= 0xFE4F) || c == 0xFF3F;
}

/* Characters that separate two letters. */
static inline bool
is_cut_sign(uint32 c)
{
	if (c < 0x80)
		return c == '.' || c == '_';
	return is_stop(c) || is_low_line(c) || c == 0x00B7 || c == 0x0387 ||
		c == 0x2027 || c == 0x30FB || c == 0xFF65;
}

static inline bool
is_ampersand(uint32 c)
{
	return c == '&' || c == 0xFF06;
}

static inline bool
is_subscript_digit(uint32 c)
{
	return c >= 0x2080 && c <= 0x2089;
}

/* The raised 2 and 3. */
static inline bool
is_square_or_cube(uint32 c)
{
	return c == 0x00B2 || c == 0x00B3;
}

/* Vulgar fractions, and the circled numbers that NFKC knows. */
static inline bool
is_number_of_its_own(uint32 c)
{
	if (c < 0x00BC)
		return false;
	return c <= 0x00BE || (c >= 0x2150 && c <= 0x215F) || c == 0x2189 ||
		(c >= 0x2460 && c <= 0x2473) || c == 0x24EA ||
		(c >= 0x3251 && c <= 0x325F) || (c >= 0x32B1 && c <= 0x32BF);
}

/* Does c belong to a word, as a letter, a mark of one, or a digit? */
static inline bool
is_word_char(uint32 c)
{
	return is_letter(c) || is_digit(c) || is_attached(c);
}

/* Whether ICU always breaks on both sides of c. */
static inline bool
is_safe_cut(uint32 c)
{
	return c == ' ' || c == '!' || c == '?' || c == '(' || c == ')' ||
		c == 0x3001 || c == 0x3002 || c == 0xFF01 || c == 0xFF0C ||
		c == 0xFF1F || (c >= 0x3008 && c <= 0x300F);
}

/*
 * Whether the full stop at k begins a word, since a letter follows of which
 * ICU makes a mark of it (the half-width voiced ones of kana).
 */
static bool
begins_word(const Chunk *chunk, int k)
{
	return k + 1 < chunk->n && is_letter(chunk->chars[k + 1]) &&
		never_breaks_before(chunk->chars[k + 1]);
}

/*
 * Whether the characters from .. to are an acronym: single letters with their
 * marks, separated by full stops, perhaps followed by a possessive; or, if a
 * full stop follows, one or two letters each.  Sets *dotted if that full stop
 * belongs to it.
 */
static bool
is_chunk_acronym(const Chunk *chunk, int from, int to, bool *dotted)
{
	const uint32 *c = chunk->chars;
	bool		stop = to < chunk->n && is_stop(c[to]) &&
		!begins_word(chunk, to);
	int			letters = 0;
	int			most = 1;
	int			stops = 0;

	if (to - from > 3 && c[to - 2] == '\'' && (c[to - 1] | 0x20) == 's')
	{
		to -= 2;
		stop = false;
	}
	for (int i = from; i < to && most <= 2; i++)
	{
		if (is_attached(c[i]))
			continue;
		if (is_stop(c[i]) && letters > 0)
		{
			letters = 0;
			stops++;
		}
		else if (is_letter(c[i]))
		{
			letters++;
			most = Max(most, letters);
		}
		else
			return false;
	}
	*dotted = stop;
	return stops > 0 && letters > 0 && (most == 1 || (most == 2 && stop));
}

/* Whether character i of the token from .. to is between two letters. */
static bool
between_letters(const Chunk *chunk, int from, int to, int i)
{
	int			before = i - 1;
	int			after = i + 1;

	while (before > from && is_attached(chunk->chars[before]))
		before--;
	while (after < to - 1 && is_attached(chunk->chars[after]))
		after++;
	return before >= from && after < to &&
		is_letter(chunk->chars[before]) && is_letter(chunk->chars[after]);
}

/*
 * Append the characters from .. to, which include a letter or digit.  Marks
 * at the start, which have no base letter, belong to no word; nor does a
 * blank or control character, to which ICU lets a mark attach.
 */
static void
add_trimmed_token(const Chunk *chunk, int from, int to, BiTokens *result)
{
	while (from < to - 1 &&
		   (is_attached(chunk->chars[from]) || chunk->chars[from] < ' ' ||
			u_isUWhiteSpace(chunk->chars[from])))
		from++;
	BiAddToken(result, chunk->offsets[from], chunk->offsets[to]);
}

/* Whether c begins a word that an article before it is elided for. */
static bool
is_vowel_or_h(uint32 c)
{
	UErrorCode	status = U_ZERO_ERROR;
	UChar		parts[8];

	if (c >= 0x80)
	{
		if (c == 0x00C6 || c == 0x00E6 || c == 0x0152 || c == 0x0153)
			return true;
		if (unorm2_getDecomposition(unorm2_getNFDInstance(&status),
									(UChar32) c, parts, lengthof(parts),
									&status) <= 0 || U_FAILURE(status))
			return false;
		c = parts[0];
	}
	return c > ' ' && c < 0x80 && strchr("aeiouyh", c | 0x20) != NULL;
}

/*
 * Append the elided articles at the start of the characters from .. to, and
 * return the start of what follows them.
 */
static int
add_elided(const Chunk *chunk, int from, int to, BiTokens *result)
{
	const uint32 *c = chunk->chars;

	for (;;)
	{
		char		article[BI_MAX_ELIDED];
		int			n = 0;

		while (n < BI_MAX_ELIDED && from + n < to && c[from + n] < 0x80 &&
			   is_letter(c[from + n]))
		{
			article[n] = (char) (c[from + n] | 0x20);
			n++;
		}
		if (from + n + 1 >= to || c[from + n] != '\'' ||
			!is_vowel_or_h(c[from + n + 1]) || !BiIsElided(article, n))
			return from;
		BiAddToken(result, chunk->offsets[from], chunk->offsets[from + n]);
		from += n + 1;
	}
}

/*
 * Append the word from .. to, split further if it has signs at which that may
 * be.
 */
static void
add_word(const Chunk *chunk, int from, int to, bool signs, BiTokens *result)
{
	int			start;
	bool		dotted;

	/* most words have no such sign */
	if (!signs)
	{
		add_trimmed_token(chunk, from, to, result);
		return;
	}
	while (from < to - 1 && is_low_line(chunk->chars[from]))
		from++;
	while (to - 1 > from && is_low_line(chunk->chars[to - 1]))
		to--;
	start = add_elided(chunk, from, to, result);
	if (is_chunk_acronym(chunk, start, to, &dotted))
	{
		add_trimmed_token(chunk, start, dotted ? to + 1 : to, result);
		return;
	}
	for (int i = start + 1; i < to - 1; i++)
	{
		if (is_cut_sign(chunk->chars[i]) &&
			between_letters(chunk, start, to, i))
		{
			add_trimmed_token(chunk, start, i, result);
			start = add_elided(chunk, i + 1, to, result);
			i = start;
		}
	}
	add_trimmed_token(chunk, start, to, result);
}

/* Whether the ampersand at k is between word characters, or between blanks. */
static bool
is_ampersand_token(const Chunk *chunk, int k)
{
	uint32		before = k > 0 ? chunk->chars[k - 1] : chunk->before;
	uint32		after = k + 1 < chunk->n ? chunk->chars[k + 1] : ' ';

	if (before == ' ')
		return after == ' ';
	return is_word_char(before) && (is_letter(after) || is_digit(after));
}

/*
 * Whether the characters from .. to, which ICU made a segment, belong to the
 * last token: a possessive after the full stop of an acronym, or a raised 2
 * or 3 after a unit of length.
 */
static bool
continues_last_token(const Chunk *chunk, int from, int to,
					 const BiTokens *result)
{
	const uint32 *c = chunk->chars;
	const BiToken *last;
	char		unit[BI_MAX_UNIT];
	int			start = from;
	int			n = 0;

	if (to - from != 1 || from == 0 || result->ntokens == 0)
		return false;
	last = &result->tokens[result->ntokens - 1];
	if (c[from] == 's' || c[from] == 'S')
		return from > 1 && c[from - 1] == '\'' && is_stop(c[from - 2]) &&
			last->end == chunk->offsets[from - 1];
	if (!is_square_or_cube(c[from]) || last->end != chunk->offsets[from])
		return false;
	while (start > 0 && c[start - 1] < 0x80 && is_letter(c[start - 1]) &&
		   n <= BI_MAX_UNIT)
	{
		start--;
		n++;
	}
	if (n > BI_MAX_UNIT || (last->start != chunk->offsets[start] &&
							!is_digit(c[start - 1])))
		return false;
	for (int i = 0; i < n; i++)
		unit[i] = (char) (c[start + i] | 0x20);
	return BiIsUnit(unit, n);
}

/*
 * Append the character at the start of the segment from .. to, with the rest
 * of its syllable and its marks.  A joiner may have made a sign after it part
 * of the segment.
 */
static void
add_character(const Chunk *chunk, int from, int to, BiTokens *result)
{
	int			end = from + 1;

	while (end < to && (never_breaks_before(chunk->chars[end]) ||
						BiIsCharacter(chunk->chars[end])))
		end++;
	BiAddToken(result, chunk->offsets[from], chunk->offsets[end]);
}

/*
 * Append the segment from .. to that ICU found, split further, if it is a
 * token at all.
 */
static void
add_icu_segment(const Chunk *chunk, int from, int to, BiTokens *result)
{
	uint32		c = chunk->chars[from];
	bool		word = false;
	bool		signs = false;

	if (result->characters && BiIsCharacter(c))
	{
		add_character(chunk, from, to, result);
		return;
	}
	if (is_ampersand(c))
	{
		if (to - from == 1 && is_ampersand_token(chunk, from))
			BiAddToken(result, chunk->offsets[from], chunk->offsets[to]);
		return;
	}
	if (is_number_of_its_own(c))
	{
		BiAddToken(result, chunk->offsets[from], chunk->offsets[from + 1]);
		return;
	}
	if (continues_last_token(chunk, from, to, result))
	{
		result->tokens[result->ntokens - 1].end = chunk->offsets[to];
		return;
	}
	for (int i = from; i < to; i++)
	{
		c = chunk->chars[i];
		if (c == '\'' || is_cut_sign(c))
			signs = true;
		else if (!word)
			word = is_letter(c) || is_digit(c);
	}
	if (word)
		add_word(chunk, from, to, signs, result);
}

/*
 * Whether continues_last_token() may need to know what is before character k
 * when it stands after the boundary there.
 */
static bool
looks_back(const Chunk *chunk, int k, const BiTokens *result)
{
	const uint32 *c = chunk->chars;
	int			end;

	if (k == 0)
		return false;
	if (result->ntokens == 0)
		return false;
	if (k < chunk->n && is_square_or_cube(c[k]))
		return is_word_char(c[k - 1]);
	end = result->tokens[result->ntokens - 1].end;
	return (is_stop(c[k - 1]) && end == chunk->offsets[k]) ||
		(k > 1 && c[k - 1] == '\'' && is_stop(c[k - 2]) &&
		 end == chunk->offsets[k - 1]);
}

/*
 * Whether ICU separates words in the script of c with a dictionary; with
 * characters, those are not for ICU.
 */
static bool
in_dictionary(uint32 c, bool characters)
{
	if (c < 0x0E00 || (characters && BiIsCharacter(c)))
		return false;
	if (c == 0x30FC || c == 0xFF70 ||	/* prolonged sound marks */
		u_getIntPropertyValue((UChar32) c, UCHAR_LINE_BREAK) ==
		U_LB_COMPLEX_CONTEXT)
		return true;
	switch (u_getIntPropertyValue((UChar32) c, UCHAR_SCRIPT))
	{
		case USCRIPT_HAN:
		case USCRIPT_HANGUL:
		case USCRIPT_HIRAGANA:
		case USCRIPT_KATAKANA:
			return true;
		default:
			return false;
	}
}

/* Whether the boundary before character k does not depend on a dictionary. */
static bool
is_by_rules(const Chunk *chunk, int k, bool characters)
{
	int			before = k - 1;

	if (!in_dictionary(chunk->chars[k], characters))
		return true;
	while (before > 0 && never_breaks_before(chunk->chars[before]) &&
		   !in_dictionary(chunk->chars[before], characters))
		before--;
	return !in_dictionary(chunk->chars[before], characters);
}

/*
 * Write the chunk in UTF-16, as ICU gets it.  With characters, it gets signs
 * for them that keep it from its dictionaries.  Returns the number of units.
 */
static int32
write_units(Chunk *chunk, bool characters)
{
	int32		len = 0;

	for (int i = 0; i < chunk->n; i++)
	{
		uint32		c = chunk->chars[i];

		if (i % CHUNK_BYTES == 0)
			CHECK_FOR_INTERRUPTS();
		if (characters && c >= 0x80)
			c = BiCharacterForIcu(i > 0 ? chunk->chars[i - 1] : 0, c);
		U16_APPEND_UNSAFE(chunk->units, len, c);
	}
	return len;
}

/*
 * Append the tokens of the chunk.  If more text follows and the chunk does
 * not end at a safe place, tokens that end in its last quarter are left for
 * the next chunk.  Returns the number of characters consumed; 0, having
 * appended nothing, if a larger chunk is needed.  With whole_stretch, no
 * stretch in a dictionary's scripts is cut.
 */
static int
segment_chunk(Chunk *chunk, bool unsafe_end, bool whole_stretch,
			  BiTokens *result)
{
	UBreakIterator *breaker;
	int32		len = write_units(chunk, result->characters);
	int32		unit = 0;
	int			from = 0;
	int			to = 0;
	int			stop = unsafe_end ? chunk->n - chunk->n / 4 : chunk->n;
	int			done = 0;
	int			ntokens = result->ntokens;

	breaker = BiWordBreaker(chunk->units, len);

	for (;;)
	{
		int32		boundary = ubrk_next(breaker);

		if (boundary == UBRK_DONE)
			return from;
		while (unit < boundary && to < chunk->n)
			unit += U16_LENGTH(chunk->chars[to++]);
		if (to > stop)
			break;
		add_icu_segment(chunk, from, to, result);
		from = to;
		if (unsafe_end &&
			(!whole_stretch || is_by_rules(chunk, to, result->characters)) &&
			!looks_back(chunk, to, result))
		{
			done = to;
			ntokens = result->ntokens;
		}
	}
	result->ntokens = ntokens;
	return done;
}

/* Make room for the text's characters, discarding those of the chunk. */
static void
grow_chunk(Chunk *chunk, int bytes)
{
	MemoryContext context = CurrentMemoryContext;

	if (bytes <= chunk->room)
		return;
	if (chunk->room > 0)
	{
		pfree(chunk->chars);
		pfree(chunk->offsets);
		pfree(chunk->units);
	}
	chunk->chars = MemoryContextAllocHuge(context, sizeof(uint32) *
										  (Size) bytes);
	chunk->offsets = MemoryContextAllocHuge(context, sizeof(int32) *
											((Size) bytes + 1));
	chunk->units = MemoryContextAllocHuge(context, sizeof(UChar) * 2 *
										  (Size) bytes);
	chunk->room = bytes;
}

/*
 * Is a subscript digit at i glued to a letter, perhaps with marks and with
 * more such digits between, of which the last one is at glued?
 */
static bool
is_glued(const Chunk *chunk, int i, int glued)
{
	int			base = i - 1;

	while (base >= 0 && is_attached(chunk->chars[base]))
		base--;
	if (base < 0)
		return is_letter(chunk->before);
	return base == glued || is_letter(chunk->chars[base]);
}

/*
 * Fill the chunk from the bytes start .. end of text, with at most bytes of
 * them.  Returns true if more follows and the chunk does not end at a safe
 * place.
 */
static bool
fill_chunk(Chunk *chunk, const char *text, int start, int end, int bytes)
{
	bool		more = bytes < end - start;
	int			glued = -1;		/* the last subscript digit glued to a letter */
	int			n;

	if (!more)
		bytes = end - start;
	grow_chunk(chunk, bytes);
	n = BiDecode(text + start, bytes, chunk->chars, chunk->offsets);
	if (more)
	{
		/* the last character may be truncated */
		while (n > 1 &&
			   chunk->offsets[n - 1] > bytes - MAX_MULTIBYTE_CHAR_LEN)
			n--;
	}
	for (int i = 0; i < n; i++)
	{
		uint32		c = chunk->chars[i];

		if (is_subscript_digit(c) && is_glued(chunk, i, glued))
		{
			c = '0' + (c - 0x2080);
			glued = i;
		}
		chunk->chars[i] = char_for_icu(c);
		chunk->offsets[i] += start;
	}
	chunk->offsets[n] += start;
	chunk->n = n;

	for (int k = n - 1; more && k > 0; k--)
	{
		if (is_safe_cut(chunk->chars[k - 1]) &&
			!never_breaks_before(chunk->chars[k]))
		{
			chunk->n = k;
			return false;
		}
	}
	return more;
}

void
BiIcuTokenize(const char *text, int start, int end, BiTokens *result)
{
	Chunk		chunk = {.before = ' '};
	int			bytes = CHUNK_BYTES;

	while (start < end)
	{
		bool		unsafe_end;
		int			done;

		CHECK_FOR_INTERRUPTS();
		unsafe_end = fill_chunk(&chunk, text, start, end, bytes);
		done = segment_chunk(&chunk, unsafe_end, bytes < MAX_STRETCH_BYTES,
							 result);
		start = chunk.offsets[done];
		if (done > 0)
			chunk.before = chunk.chars[done - 1];

		/*
		 * doubled, so that a long word takes time proportional to its length
		 */
		bytes = done > 0 ? CHUNK_BYTES : bytes * 2;
	}

	if (chunk.room > 0)
	{
		pfree(chunk.chars);
		pfree(chunk.offsets);
		pfree(chunk.units);
	}
}
