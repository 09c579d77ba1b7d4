/*
 * wildcard.c
 *	  Words with wildcards in them (query-language section 5).
 *
 * BiClassify decides which signs of a chunk are wildcards.  BiBindWildcards
 * cuts the chunk into words as a document would be: the signs at a word's
 * ends are taken out first, and one inside counts as a letter, for which the
 * letter before it stands in while the text is cut.
 */
#include "postgres.h"

#include <unicode/uscript.h>

#include "catalog/pg_collation.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/formatting.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "query/bind.h"
#include "query/chars.h"
#include "query/diagnostic.h"
#include "text/analyze.h"
#include "text/tokenize.h"

/*
 * letters and digits of a chunk that has a wildcard: so many before the first
 * one, or so many in all; in a phrase one is enough
 */
#define MIN_LETTERS_BEFORE 2
#define MIN_LETTERS 3

/* letters before an expander "!" */
#define MIN_EXPANDER_LETTERS 3

/* A run of wildcards in the text that is cut */
typedef struct Mark
{
	int			at;				/* byte offset */
	int			len;			/* of the letter standing in for it, or 0 */
	int			first;			/* [first, last) of the characters */
	int			last;
	bool		leads;			/* is it in front of its word? */
} Mark;

static inline uint32
sign_of(const BiChar *ch)
{
	return (ch->flags & BI_CHAR_TEXT) != 0 ? 0 : ch->c;
}

/* Letters that c counts as: ideographs, kana and hangul say more. */
static int
count_letters(uint32 c)
{
	if (c < 0x80)
		return BiIsWordChar(c) ? 1 : 0;
	if (!u_isUAlphabetic(c) && !BiIsDigit(c))
		return 0;				/* an accent goes with its letter */
	if (uscript_hasScript(c, USCRIPT_HAN) ||
		uscript_hasScript(c, USCRIPT_HIRAGANA) ||
		uscript_hasScript(c, USCRIPT_KATAKANA) ||
		uscript_hasScript(c, USCRIPT_HANGUL))
		return 2;
	return 1;
}

/*
 * Has the chunk letters enough for its wildcards, the first of which is at
 * first?
 */
static bool
has_enough_letters(const BiChar *chars, int n, int first, bool quoted)
{
	int			before = 0;
	int			all = 0;

	for (int i = 0; i < n && all < MIN_LETTERS; i++)
	{
		if (chars[i].wild == BI_WILD_NONE)
			all += count_letters(chars[i].c);
		if (i < first)
			before = all;
	}
	return before >= MIN_LETTERS_BEFORE || all >= (quoted ? 1 : MIN_LETTERS);
}

/* Wildcards that cannot be any are text from now on. */
static void
refuse_all(BiParseState *state, BiChar *chars, int n, int first)
{
	int			at = BiCharIndex(state, &chars[first]);
	uint32		sign = chars[first].c;

	for (int i = first; i < n; i++)
	{
		if (chars[i].wild == BI_WILD_NONE)
			continue;
		chars[i].wild = BI_WILD_NONE;
		chars[i].flags |= BI_CHAR_TEXT | BI_CHAR_REFUSED;
	}
	BiDiagnose(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, at, at + 1,
			   "Put at least two letters in front of it, as in hurric*, or three around it, as in *icane.",
			   "wildcard \"%c\" has too few letters beside it", (char) sign);
}

/* Is the "!" at i an expander? */
static bool
is_expander(const BiChar *chars, int n, int i)
{
	int			letters = 0;

	while (letters < i && BiIsLetter(chars[i - letters - 1].c))
		letters++;
	if (letters < MIN_EXPANDER_LETTERS)
		return false;
	if (i + 1 < n && chars[i + 1].c == '!')
		return false;
	return !BiHasWordChar(chars + i + 1, n - i - 1);
}

/* Is there a slash, as in an address? */
static bool
has_slash(const BiChar *chars, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (chars[i].c == '/')
			return true;
	}
	return false;
}

/* A "?" at the end of a word is punctuation. */
static void
drop_question_marks(BiChar *chars, int n)
{
	for (int i = n - 1; i >= 0; i--)
	{
		bool		at_end = i + 1 == n ||
			(chars[i + 1].wild == BI_WILD_NONE &&
			 !BiIsWordChar(chars[i + 1].c));

		if (chars[i].wild == BI_WILD_ONE && at_end)
			chars[i].wild = BI_WILD_NONE;
	}
}

/* Is there a letter or digit before the one at i? */
static inline bool
follows_letter(const BiChar *chars, int i)
{
	return i > 0 && BiIsWordChar(chars[i - 1].c);
}

/*
 * The chunk's text with its wildcards taken out, or a letter put in for
 * them.  Returns the number of marks.
 */
static int
mark_text(const BiChar *chars, int n, StringInfo text, Mark *marks)
{
	int			nmarks = 0;
	int			i = 0;

	while (i < n)
	{
		int			j = i;
		int			len;
		char	   *bytes;

		while (j < n && chars[j].wild == BI_WILD_NONE)
			j++;
		bytes = BiEncodeChars(chars + i, j - i, &len);
		appendBinaryStringInfo(text, bytes, len);
		pfree(bytes);
		i = j;
		if (i == n)
			break;

		while (j < n && chars[j].wild != BI_WILD_NONE)
			j++;
		marks[nmarks].at = text->len;
		marks[nmarks].len = 0;
		marks[nmarks].first = i;
		marks[nmarks].last = j;
		marks[nmarks].leads = !follows_letter(chars, i);
		if (!marks[nmarks].leads && j < n && BiIsWordChar(chars[j].c))
		{
			int			base = i - 1;

			while (base > 0 && (U_GET_GC_MASK(chars[base].c) & U_GC_M_MASK))
				base--;
			bytes = BiEncodeChars(chars + base, 1, &len);
			appendBinaryStringInfo(text, bytes, len);
			pfree(bytes);
			marks[nmarks].len = len;
		}
		nmarks++;
		i = j;
	}
	return nmarks;
}

/* What a run of wildcards stands for, as bytes of a pattern. */
static void
append_wildcards(StringInfo pattern, const BiChar *chars, const Mark *mark)
{
	int			i = mark->first;

	while (i < mark->last)
	{
		int			stars = i;

		if (chars[i].wild == BI_WILD_ONE)
		{
			appendStringInfoChar(pattern, BI_ONE_CHAR);
			i++;
			continue;
		}
		while (i < mark->last && chars[i].wild == BI_WILD_STAR)
			i++;
		stars = Min(i - stars, BI_MAX_WORD_BYTES);
		if (stars == 1 || mark->leads)
			appendStringInfoChar(pattern, BI_ANY_CHARS);
		else
		{
			appendStringInfoChar(pattern, BI_UPTO_CHARS);
			appendStringInfoChar(pattern, '0' + stars / 64);
			appendStringInfoChar(pattern, '0' + stars % 64);
		}
	}
}

/*
 * Append the form in which documents hold a piece of a word.  It is free of
 * control characters, which a pattern uses as signs: folding drops them, and
 * other parsers make no word of them.
 */
static void
append_piece(BiParseState *state, const char *text, int len, bool whole,
			 StringInfo out)
{
	if (state->config.folds)
		BiFold(text, len, &state->config.fold, whole, out);
	else
	{
		char	   *lower = str_tolower(text, len, DEFAULT_COLLATION_OID);

		for (const char *c = lower; *c != '\0'; c++)
		{
			if ((unsigned char) *c >= ' ')
				appendStringInfoChar(out, *c);
		}
		pfree(lower);
	}
}

static List *
add_form(List *alternatives, const char *bytes, int len, uint8 flags)
{
	BiForm	   *form;
	ListCell   *lc;

	foreach(lc, alternatives)
	{
		form = linitial(lfirst(lc));
		if (form->len == len && memcmp(form->bytes, bytes, len) == 0)
			return alternatives;
	}
	form = palloc_object(BiForm);
	form->bytes = bytes;
	form->len = len;
	form->flags = flags;
	return lappend(alternatives, list_make1(form));
}

/*
 * Where stems are all that is stored, a prefix is tried as its stem too:
 * hurricane* finds hurricane, stored as hurrican.
 */
static List *
add_stems(BiParseState *state, const char *text, int len, List *alternatives)
{
	BiAnalysis *analysis;

	if (state->config.folds)
		return alternatives;
	analysis = BiAnalyze(&state->config, text, len, false, NULL);
	if (analysis->npos != 1)
		return alternatives;
	for (int i = 0; i < analysis->nterms; i++)
		alternatives = add_form(alternatives, analysis->terms[i].lexeme,
								analysis->terms[i].len, BI_PREFIX);
	return alternatives;
}

/* Where the word text[start, end) ends without a possessive 's. */
static int
strip_possessive(const char *text, int start, int end)
{
	uint32	   *chars;
	int32	   *offsets;
	int			n;

	if (end == start || (text[end - 1] != 's' && text[end - 1] != 'S'))
		return end;
	chars = palloc_array(uint32, end - start);
	offsets = palloc_array(int32, end - start + 1);
	n = BiDecode(text + start, end - start, chars, offsets);
	if (n >= 2 && BiIsApostrophe(chars[n - 2]))
		end = start + offsets[n - 2];
	pfree(chars);
	pfree(offsets);
	return end;
}

/* One word, text[start, end), with at least one mark in it. */
static List *
bind_pattern(BiParseState *state, const BiChar *chars, const char *text,
			 int start, int end, const Mark *marks, int nmarks)
{
	StringInfoData pattern;
	List	   *alternatives = NIL;
	const Mark *first = &marks[0];
	bool		trailing = nmarks == 1 && first->at == end;
	int			literal;

	initStringInfo(&pattern);
	append_piece(state, text + start, first->at - start, trailing, &pattern);
	literal = pattern.len;
	if (trailing && literal == 0)
		return NIL;
	if (trailing && first->last - first->first == 1 &&
		chars[first->first].wild == BI_WILD_STAR)
	{
		alternatives = add_form(NIL, pattern.data, pattern.len, BI_PREFIX);
		return add_stems(state, text + start, first->at - start,
						 alternatives);
	}

	end = strip_possessive(text, marks[nmarks - 1].at + marks[nmarks - 1].len,
						   end);
	for (int i = 0; i < nmarks; i++)
	{
		int			from = marks[i].at + marks[i].len;
		int			to = i + 1 < nmarks ? marks[i + 1].at : end;

		append_wildcards(&pattern, chars, &marks[i]);
		literal -= pattern.len;
		if (to > from)
			append_piece(state, text + from, to - from, false, &pattern);
		literal += pattern.len;
	}
	if (literal == 0)
		return NIL;				/* folded to nothing */
	return add_form(NIL, pattern.data, pattern.len, BI_PATTERN);
}

/*
 * The marks of the word text[start, end): moves *next, which is the first one
 * that no word before has, behind them and returns the first.  *start moves
 * behind a letter that stands in for a mark and was cut off its word.
 */
static int
marks_of_word(const Mark *marks, int nmarks, int *start, int end, int *next)
{
	int			first;

	while (*next < nmarks && marks[*next].at <= *start &&
		   !(marks[*next].leads && marks[*next].at == *start))
	{
		if (marks[*next].at == *start)
			*start += marks[*next].len;
		(*next)++;
	}
	first = *next;
	/* one that leads, at the end, is in front of the word behind */
	while (*next < nmarks && marks[*next].at <= end &&
		   !(marks[*next].leads && marks[*next].at == end))
		(*next)++;
	return first;
}

/*
 * Append to slots what the chunk, in which BiClassify found wildcards, looks
 * for; *npos is the position of its first word, and then of what follows.
 */
void
BiBindWildcards(BiParseState *state, BiChar *chars, int n, bool exact,
				uint32 *npos, List **slots)
{
	StringInfoData text;
	Mark	   *marks = palloc_array(Mark, n);
	BiTokens	tokens = {0};
	int			nmarks;
	int			next = 0;

	initStringInfo(&text);
	nmarks = mark_text(chars, n, &text, marks);
	BiTokenize(text.data, text.len, &tokens);
	for (int i = 0; i < tokens.ntokens; i++)
	{
		int			start = tokens.tokens[i].start;
		int			end = tokens.tokens[i].end;
		int			first = marks_of_word(marks, nmarks, &start, end, &next);

		CHECK_FOR_INTERRUPTS();
		if (start >= end)
			continue;
		if (BiTooManyWords(state, list_length(*slots), 0, 1, NULL))
			break;
		if (first == next)
		{
			/* no mark is in it, so its characters are all there */
			const Mark *before = first > 0 ? &marks[first - 1] : NULL;
			int			past = before ? before->at + before->len : 0;
			BiChar	   *from = chars + (before ? before->last : 0);

			BiBindText(state, text.data + start, end - start,
					   BiCharsAt(from, start - past), exact, npos, slots);
		}
		else
		{
			List	   *alternatives =
				bind_pattern(state, chars, text.data, start, end,
							 marks + first, next - first);

			BiAddSlot(slots, (*npos)++, alternatives);
		}
	}
	pfree(marks);
}

/* Can the sign at i be a wildcard, if a letter is beside it? */
static inline bool
may_be_wild(const BiChar *chars, int i, bool address)
{
	uint32		sign = sign_of(&chars[i]);

	return sign == '*' || (sign == '?' && !address);
}

/* The "!" at i is an expander. */
static void
expand(BiParseState *state, BiChar *chars, int n, int i)
{
	int			at = BiCharIndex(state, &chars[i]);

	chars[i].wild = BI_WILD_STAR;
	/* no word follows: a star there is no second one */
	for (int k = i + 1; k < n; k++)
		chars[k].flags |= BI_CHAR_TEXT;
	if (BiIsLetter(chars[0].c) && u_isupper(chars[0].c))
		BiDiagnose(state, BI_WARNING, 0, at, at + 1,
				   "Put the word in quotation marks to search for it alone.",
				   "\"!\" after a word stands for any ending");
}

/* Set wild of those signs that stand right behind or before a letter. */
static void
find_wildcards(BiParseState *state, BiChar *chars, int n, bool quoted)
{
	bool		address = has_slash(chars, n);

	for (int i = 0; i < n; i++)
	{
		if (sign_of(&chars[i]) == '!' && !quoted && is_expander(chars, n, i))
			expand(state, chars, n, i);
		else if (i > 0 && may_be_wild(chars, i, address) &&
				 (BiIsWordChar(chars[i - 1].c) ||
				  chars[i - 1].wild != BI_WILD_NONE))
			chars[i].wild = chars[i].c == '*' ? BI_WILD_STAR : BI_WILD_ONE;
	}
	for (int i = n - 2; i >= 0; i--)
	{
		if (may_be_wild(chars, i, address) &&
			(BiIsWordChar(chars[i + 1].c) ||
			 chars[i + 1].wild != BI_WILD_NONE))
			chars[i].wild = chars[i].c == '*' ? BI_WILD_STAR : BI_WILD_ONE;
	}
	drop_question_marks(chars, n);
}

/*
 * Set wild of the chunk's characters, and refuse wildcards that have too few
 * letters beside them, which are text from then on.
 */
void
BiClassify(BiParseState *state, BiChar *chars, int n, bool quoted)
{
	int			first = 0;

	find_wildcards(state, chars, n, quoted);
	while (first < n && chars[first].wild == BI_WILD_NONE)
		first++;
	if (first < n && !has_enough_letters(chars, n, first, quoted))
		refuse_all(state, chars, n, first);
}
