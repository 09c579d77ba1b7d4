/*
 * wildcard.c
 *	  Words with wildcards in them (query-language section 5).
 *
 * BiClassify decides which signs of a chunk are wildcards.  BiBindWildcards
 * tokenizes the chunk as a document would be: wildcards at a word's ends are
 * removed first, and a run of them inside a word is replaced by a copy of the
 * letter before it, so that the word is not split there.
 *
 * Where each Chinese, Japanese or Korean character is a word, "?" between two
 * of them is a position that any word may have, "*" at an end of one stands
 * for nothing, and "*" between two is refused, since no word has it inside.
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
#include "text/character.h"
#include "text/tokenize.h"

/*
 * letters and digits required in a chunk with a wildcard: before the first
 * one, or in all; in a phrase one is enough
 */
#define MIN_LETTERS_BEFORE 2
#define MIN_LETTERS 3

/* letters required before an expander "!" */
#define MIN_EXPANDER_LETTERS 3

/* a run of wildcards, and its place in the text that is tokenized */
typedef struct WildcardRun
{
	int			at;				/* byte offset */
	int			len;			/* of the letter that replaces it, or 0 */
	int			first;			/* [first, last) of the characters */
	int			last;
	bool		leads;			/* is it at the start of its word? */
} WildcardRun;

static inline uint32
sign_of(const BiChar *ch)
{
	return (ch->flags & BI_CHAR_TEXT) != 0 ? 0 : ch->c;
}

/*
 * Number of letters that c counts as: ideographs, kana and hangul count
 * twice.
 */
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
 * Does the chunk have enough letters for its wildcards, of which the first is
 * at first?
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

/* Turn wildcards from number first on into text. */
static void
refuse_wildcards(BiChar *chars, int n, int first)
{
	for (int i = first; i < n; i++)
	{
		if (chars[i].wild == BI_WILD_NONE)
			continue;
		chars[i].wild = BI_WILD_NONE;
		chars[i].flags |= BI_CHAR_TEXT | BI_CHAR_REFUSED;
	}
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

/* The base letter before i > 0, or what stands there. */
static int
base_before(const BiChar *chars, int i)
{
	i--;
	while (i > 0 && (U_GET_GC_MASK(chars[i].c) & U_GC_M_MASK))
		i--;
	return i;
}

/* Is what stands before i a character that is a word? */
static bool
follows_character(const BiParseState *state, const BiChar *chars, int i)
{
	return state->config.characters && i > 0 &&
		BiIsCharacter(chars[base_before(chars, i)].c);
}

/* Does one begin at i? */
static bool
precedes_character(const BiParseState *state, const BiChar *chars, int n,
				   int i)
{
	return state->config.characters && i < n && BiIsCharacter(chars[i].c);
}

/*
 * Write the chunk's text with each run of wildcards removed, or replaced by a
 * letter, or a blank between two characters that are words.  Returns the
 * number of runs.
 */
static int
extract_wildcards(const BiParseState *state, const BiChar *chars, int n,
				  StringInfo text, WildcardRun *runs)
{
	int			nruns = 0;
	int			i = 0;

	while (i < n)
	{
		int			j = i;
		int			len;
		char	   *bytes;
		bool		after;
		bool		before;

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
		runs[nruns].at = text->len;
		runs[nruns].len = 0;
		runs[nruns].first = i;
		runs[nruns].last = j;
		after = follows_character(state, chars, i);
		before = precedes_character(state, chars, n, j);
		runs[nruns].leads = !follows_letter(chars, i) ||
			(after && !before && j < n && BiIsWordChar(chars[j].c));
		if (after && before)
		{
			appendStringInfoChar(text, ' ');
			runs[nruns].len = 1;
		}
		else if (!runs[nruns].leads && !before && j < n &&
				 BiIsWordChar(chars[j].c))
		{
			bytes = BiEncodeChars(chars + base_before(chars, i), 1, &len);
			appendBinaryStringInfo(text, bytes, len);
			pfree(bytes);
			runs[nruns].len = len;
		}
		nruns++;
		i = j;
	}
	return nruns;
}

/* Append a run of wildcards to a pattern. */
static void
append_wildcards(StringInfo pattern, const BiChar *chars,
				 const WildcardRun *run)
{
	int			i = run->first;

	while (i < run->last)
	{
		int			stars = i;

		if (chars[i].wild == BI_WILD_ONE)
		{
			appendStringInfoChar(pattern, BI_ONE_CHAR);
			i++;
			continue;
		}
		while (i < run->last && chars[i].wild == BI_WILD_STAR)
			i++;
		stars = Min(i - stars, BI_MAX_WORD_BYTES);
		if (stars == 1 || run->leads)
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
 * Append a piece of a word in the form in which documents store it.  It has
 * no control characters, which a pattern uses as signs: folding drops them,
 * and with other parsers they are not part of words.
 */
static void
append_folded_piece(BiParseState *state, const char *text, int len, bool whole,
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
 * If only stems are stored, the stem of a prefix is searched as well:
 * hurricane* finds hurricane, stored as hurrican.
 */
static List *
add_stems_of_prefix(BiParseState *state, const char *text, int len,
					List *alternatives)
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

/* End of the word text[start, end) without a possessive 's. */
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

/* Bind one word, text[start, end), which has at least one run of wildcards. */
static List *
bind_pattern(BiParseState *state, const BiChar *chars, const char *text,
			 int start, int end, const WildcardRun *runs, int nruns)
{
	StringInfoData pattern;
	List	   *alternatives = NIL;
	const WildcardRun *first = &runs[0];
	bool		trailing = nruns == 1 && first->at == end;
	int			literal;

	initStringInfo(&pattern);
	append_folded_piece(state, text + start, first->at - start, trailing,
						&pattern);
	literal = pattern.len;
	if (trailing && literal == 0)
		return NIL;
	if (trailing && first->last - first->first == 1 &&
		chars[first->first].wild == BI_WILD_STAR)
	{
		alternatives = add_form(NIL, pattern.data, pattern.len, BI_PREFIX);
		return add_stems_of_prefix(state, text + start, first->at - start,
								   alternatives);
	}

	end = strip_possessive(text, runs[nruns - 1].at + runs[nruns - 1].len,
						   end);
	for (int i = 0; i < nruns; i++)
	{
		int			from = runs[i].at + runs[i].len;
		int			to = i + 1 < nruns ? runs[i + 1].at : end;

		append_wildcards(&pattern, chars, &runs[i]);
		literal -= pattern.len;
		if (to > from)
			append_folded_piece(state, text + from, to - from, false, &pattern);
		literal += pattern.len;
	}
	if (literal == 0)
		return NIL;				/* folded to nothing */
	return add_form(NIL, pattern.data, pattern.len, BI_PATTERN);
}

/*
 * The runs of wildcards in the word text[start, end): returns the first, and
 * advances *next, the first that no earlier word has, past the last.  *start
 * is advanced past a letter that replaced a run and was split from its word.
 */
static int
runs_of_word(const WildcardRun *runs, int nruns, int *start, int end, int *next)
{
	int			first;

	while (*next < nruns && runs[*next].at <= *start &&
		   !(runs[*next].leads && runs[*next].at == *start))
	{
		if (runs[*next].at == *start)
			*start += runs[*next].len;
		(*next)++;
	}
	first = *next;
	/* a leading run at the end belongs to the next word */
	while (*next < nruns && runs[*next].at <= end &&
		   !(runs[*next].leads && runs[*next].at == end))
		(*next)++;
	return first;
}

/* Number of "?" in a run of wildcards. */
static int
count_single(const BiChar *chars, const WildcardRun *run)
{
	int			n = 0;

	for (int i = run->first; i < run->last; i++)
		n += chars[i].wild == BI_WILD_ONE;
	return n;
}

/*
 * Bind text[start, end), a word without wildcards inside.  Runs that have a
 * place before it are those before number nruns.
 */
static void
bind_literal(BiParseState *state, BiChar *chars, const char *text, int start,
			 int end, const WildcardRun *runs, int nruns, bool exact,
			 uint32 *npos, List **slots)
{
	/* all characters from the last run on are there */
	const WildcardRun *before = nruns > 0 ? &runs[nruns - 1] : NULL;
	int			past = before ? before->at + before->len : 0;
	BiChar	   *from = chars + (before ? before->last : 0);

	BiBindText(state, text + start, end - start,
			   BiCharsAt(from, start - past), exact, npos, slots);
}

/*
 * Bind text[start, end), a character that is a word, with the runs from
 * number first up to next, which are before and after it.
 */
static void
bind_character(BiParseState *state, BiChar *chars, const char *text,
			   int start, int end, const WildcardRun *runs, int first,
			   int next, bool exact, uint32 *npos, List **slots)
{
	while (first < next && runs[first].at + runs[first].len <= start)
		*npos += count_single(chars, &runs[first++]);
	bind_literal(state, chars, text, start, end, runs, first, exact, npos,
				 slots);
	while (first < next)
		*npos += count_single(chars, &runs[first++]);
}

/*
 * Append to slots the words of the chunk, in which BiClassify found
 * wildcards; *npos is the position of its first word, and is advanced past
 * the last one.
 */
void
BiBindWildcards(BiParseState *state, BiChar *chars, int n, bool exact,
				uint32 *npos, List **slots)
{
	StringInfoData text;
	WildcardRun *runs = palloc_array(WildcardRun, n);
	BiTokens	tokens = {.characters = state->config.characters};
	int			nruns;
	int			next = 0;

	initStringInfo(&text);
	nruns = extract_wildcards(state, chars, n, &text, runs);
	BiTokenize(text.data, text.len, &tokens);
	for (int i = 0; i < tokens.ntokens; i++)
	{
		int			start = tokens.tokens[i].start;
		int			end = tokens.tokens[i].end;
		int			first = runs_of_word(runs, nruns, &start, end, &next);
		bool		ignored;

		CHECK_FOR_INTERRUPTS();
		if (start >= end)
			continue;
		if (BiTooManyWords(state, list_length(*slots), 0, 1, NULL))
			break;
		if (first == next)
			bind_literal(state, chars, text.data, start, end, runs, first,
						 exact, npos, slots);
		else if (tokens.characters &&
				 BiIsCharacterToken(text.data + start, end - start, &ignored))
			bind_character(state, chars, text.data, start, end, runs, first,
						   next, exact, npos, slots);
		else
		{
			List	   *alternatives =
				bind_pattern(state, chars, text.data, start, end,
							 runs + first, next - first);

			BiAddSlot(slots, (*npos)++, alternatives);
		}
	}
	pfree(runs);
}

/* Can the sign at i be a wildcard, if it is next to a letter? */
static inline bool
may_be_wild(const BiChar *chars, int i, bool address)
{
	uint32		sign = sign_of(&chars[i]);

	return sign == '*' || (sign == '?' && !address);
}

/* The "!" at i is an expander. */
static void
apply_expander(BiParseState *state, BiChar *chars, int n, int i)
{
	int			at = BiCharIndex(state, &chars[i]);

	chars[i].wild = BI_WILD_STAR;
	/* no word follows; a star there must not act as well */
	for (int k = i + 1; k < n; k++)
		chars[k].flags |= BI_CHAR_TEXT;
	if (BiIsLetter(chars[0].c) && u_isupper(chars[0].c))
		BiDiagnose(state, BI_WARNING, 0, at, at + 1,
				   "Put the word in quotation marks to search for it alone.",
				   "\"!\" after a word stands for any ending");
}

/* Set wild of those signs that are directly after or before a letter. */
static void
find_wildcards(BiParseState *state, BiChar *chars, int n, bool quoted)
{
	bool		address = has_slash(chars, n);

	for (int i = 0; i < n; i++)
	{
		if (sign_of(&chars[i]) == '!' && !quoted && is_expander(chars, n, i))
			apply_expander(state, chars, n, i);
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
 * The first star between two characters that are words, or n.
 */
static int
star_between_characters(const BiParseState *state, const BiChar *chars, int n)
{
	for (int i = 0; state->config.characters && i < n; i++)
	{
		int			from = i;
		int			star = n;

		for (; i < n && chars[i].wild != BI_WILD_NONE; i++)
		{
			if (chars[i].wild == BI_WILD_STAR && star == n)
				star = i;
		}
		if (star < n && follows_character(state, chars, from) &&
			precedes_character(state, chars, n, i))
			return star;
	}
	return n;
}

/*
 * Set wild of the chunk's characters, and turn wildcards with too few letters
 * next to them, or that could stand for no word, into text.
 */
void
BiClassify(BiParseState *state, BiChar *chars, int n, bool quoted)
{
	int			first = 0;
	int			star;

	find_wildcards(state, chars, n, quoted);
	while (first < n && chars[first].wild == BI_WILD_NONE)
		first++;
	if (first < n && !has_enough_letters(chars, n, first, quoted))
	{
		int			at = BiCharIndex(state, &chars[first]);

		BiDiagnose(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, at, at + 1,
				   "Put at least two letters in front of it, as in hurric*, or three around it, as in *icane.",
				   "wildcard \"%c\" has too few letters beside it",
				   (char) chars[first].c);
		refuse_wildcards(chars, n, first);
	}
	else if ((star = star_between_characters(state, chars, n)) < n)
	{
		int			at = BiCharIndex(state, &chars[star]);

		BiDiagnose(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, at, at + 1,
				   "Put \"?\" for each character, or a distance such as PRE/5 between the two words.",
				   "wildcard \"*\" is between two characters, each of which is a word");
		refuse_wildcards(chars, n, first);
	}
}
