/*
 * wildcard.c
 *	  Words with wildcards in them (query-language section 5).
 *
 * BiClassify decides which signs of a chunk are wildcards.  BiBindWildcards
 * cuts the chunk into words as a document would be: the signs at a word's
 * end are taken out first, and one inside counts as a letter, for which the
 * letter before it stands in while the text is cut.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/formatting.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "query/chars.h"
#include "query/syntax.h"
#include "text/analyze.h"
#include "text/tokenize.h"

/* characters of a word before its first wildcard */
#define MIN_LITERAL_CHARS 2

/* letters before an expander "!" */
#define MIN_EXPANDER_LETTERS 3

/* A run of wildcards in the text that is cut */
typedef struct Mark
{
	int			at;				/* byte offset */
	int			len;			/* of the letter standing in for it, or 0 */
	int			first;			/* [first, last) of the characters */
	int			last;
} Mark;

static inline uint32
sign_of(const BiChar *ch)
{
	return (ch->flags & BI_CHAR_TEXT) != 0 ? 0 : ch->c;
}

/* A wildcard that cannot be one is text from now on. */
static void
refuse(BiParseState *state, BiChar *chars, int at, int n, const char *why)
{
	BiChar	   *bad = &chars[at];
	int			first = BiCharIndex(state, bad);

	for (int i = at; i < n && chars[i].wild != BI_WILD_NONE; i++)
	{
		chars[i].wild = BI_WILD_NONE;
		chars[i].flags |= BI_CHAR_TEXT | BI_CHAR_REFUSED;
	}
	BiFind(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, first, first + 1,
		   "Put at least two letters in front of it, as in hurric*.",
		   "wildcard \"%c\" %s", (char) bad->c, why);
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
		if (j < n && BiIsWordChar(chars[j].c))
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

/* Characters in len bytes, up to what we ask for. */
static int
count_chars(const char *text, int len)
{
	const char *end = text + len;
	int			n = 0;

	while (text < end && n < MIN_LITERAL_CHARS)
	{
		text += BiCharLen(text, end);
		n++;
	}
	return n;
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
		if (stars == 1)
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

	initStringInfo(&pattern);
	append_piece(state, text + start, first->at - start, trailing, &pattern);
	if (pattern.len == 0)
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
		if (to > from)
			append_piece(state, text + from, to - from, false, &pattern);
	}
	return add_form(NIL, pattern.data, pattern.len, BI_PATTERN);
}

/*
 * Refuse wildcards of the word text[start, end) that come too early in it.
 * Returns whether there were any.
 */
static bool
refuse_early(BiParseState *state, BiChar *chars, int n, const char *text,
			 int start, const Mark *marks, int nmarks)
{
	bool		refused = false;

	for (int i = 0; i < nmarks; i++)
	{
		if (count_chars(text + start, marks[i].at - start) >=
			MIN_LITERAL_CHARS)
			break;
		refuse(state, chars, marks[i].first, n, "comes too early in its word");
		start = marks[i].at + marks[i].len;
		refused = true;
	}
	return refused;
}

/*
 * Cut the chunk into words.  With bind, make their slots; without, refuse
 * wildcards that come too early, and return whether there were any.
 */
static bool
cut_words(BiParseState *state, BiChar *chars, int n, bool exact, bool bind,
		  uint32 *npos, List **slots)
{
	StringInfoData text;
	Mark	   *marks = palloc_array(Mark, n);
	BiTokens	tokens = {0};
	int			nmarks;
	int			next = 0;
	bool		refused = false;

	initStringInfo(&text);
	nmarks = mark_text(chars, n, &text, marks);
	BiTokenize(text.data, text.len, &tokens);
	for (int i = 0; i < tokens.ntokens; i++)
	{
		int			start = tokens.tokens[i].start;
		int			end = tokens.tokens[i].end;
		int			first;

		CHECK_FOR_INTERRUPTS();
		/* a letter standing in may have been cut off its word */
		while (next < nmarks && marks[next].at <= start)
		{
			if (marks[next].at == start)
				start += marks[next].len;
			next++;
		}
		first = next;
		while (next < nmarks && marks[next].at <= end)
			next++;
		if (start >= end)
			continue;

		if (!bind)
			refused |= refuse_early(state, chars, n, text.data, start,
									marks + first, next - first);
		else if (BiTooManyWords(state, list_length(*slots), 0, 1, NULL))
			break;
		else if (first == next)
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
	return refused;
}

static bool
any_wild(const BiChar *chars, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (chars[i].wild != BI_WILD_NONE)
			return true;
	}
	return false;
}

/*
 * Set wild of the chunk's characters, and refuse bad wildcards, which are
 * text from then on.  Returns whether any is a wildcard.
 */
bool
BiClassify(BiParseState *state, BiChar *chars, int n, bool quoted)
{
	bool		address = has_slash(chars, n);
	int			lead = 0;

	while (lead < n && (sign_of(&chars[lead]) == '*' ||
						sign_of(&chars[lead]) == '?'))
		lead++;
	if (lead > 0 && lead < n && BiIsWordChar(chars[lead].c))
	{
		for (int i = 0; i < lead; i++)
			chars[i].wild = BI_WILD_STAR;
		refuse(state, chars, 0, n, "leads a word");
	}

	for (int i = lead; i < n; i++)
	{
		uint32		sign = sign_of(&chars[i]);

		if (sign == '!' && !quoted && is_expander(chars, n, i))
		{
			chars[i].wild = BI_WILD_STAR;
			/* no word follows: a star there is no second one */
			for (int k = i + 1; k < n; k++)
				chars[k].flags |= BI_CHAR_TEXT;
			if (BiIsLetter(chars[0].c) && u_isupper(chars[0].c))
				BiFind(state, BI_WARNING, 0, BiCharIndex(state, &chars[i]),
					   BiCharIndex(state, &chars[i]) + 1,
					   "Put the word in quotation marks to search for it alone.",
					   "\"!\" after a word stands for any ending");
		}
		else if ((sign == '*' || (sign == '?' && !address)) && i > 0 &&
				 (BiIsWordChar(chars[i - 1].c) ||
				  chars[i - 1].wild != BI_WILD_NONE))
			chars[i].wild = sign == '*' ? BI_WILD_STAR : BI_WILD_ONE;
	}
	drop_question_marks(chars, n);

	if (!any_wild(chars, n))
		return false;
	/* a refused sign cuts words anew, so some may only now be too short */
	while (cut_words(state, chars, n, false, false, NULL, NULL))
		;
	return any_wild(chars, n);
}

/*
 * Append to slots what the chunk, in which BiClassify found wildcards, looks
 * for; *npos is the position of its first word, and then of what follows.
 */
void
BiBindWildcards(BiParseState *state, BiChar *chars, int n, bool exact,
				uint32 *npos, List **slots)
{
	cut_words(state, chars, n, exact, true, npos, slots);
}
