/*
 * bind.c
 *	  Binds words, phrases and plain text to lexemes, as items of the tree.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/bind.h"
#include "query/chars.h"
#include "query/diagnostic.h"
#include "text/analyze.h"

/* Remember a word that a dictionary dropped, for the NOTICE. */
static void
note_dropped_words(BiParseState *state, int first, int last)
{
	BiDiagnose(state, BI_WARNING, 0, first, last, NULL,
			   "%s is ignored: no word of it is searchable",
			   BiQuoteInput(state, first, last));
	if (state->dropped == NULL)
		state->dropped = BiQuoteInput(state, first, last);
	else if (strlen(state->dropped) < BI_MAX_QUOTED_CHARS)
		state->dropped = psprintf("%s, %s", state->dropped,
								  BiQuoteInput(state, first, last));
}

/*
 * An ITEM of slots, whose text is the n characters; NULL if there are no
 * slots.  [first, last) is its place in the input, for messages.
 */
static BiTree *
make_item_of_slots(BiParseState *state, BiChar *chars, int n, List *slots,
				   bool quoted, uint8 fields, int first, int last)
{
	BiTree	   *item;
	uint32		base;
	ListCell   *lc;

	if (slots == NIL)
	{
		if (!state->full)
			note_dropped_words(state, first, last);
		return NULL;
	}
	base = ((BiSlot *) linitial(slots))->offset;
	foreach(lc, slots)
		((BiSlot *) lfirst(lc))->offset -= base;

	item = palloc0_object(BiTree);
	item->kind = BI_ITEM;
	item->nwords = list_length(slots);
	item->positive = true;
	item->fields = fields;
	item->quoted = quoted;
	item->slots = slots;
	item->text = BiItemText(state->config.fields, chars, n, quoted,
							&item->textlen);
	return BiTreeItem(state, item, first, last);
}

/* Does the token ask for exact forms, and does the configuration have them? */
static bool
wants_exact(BiParseState *state, const BiQueryToken *token)
{
	if (!token->exact)
		return false;
	if (state->config.exact_forms || state->config.unstemmed)
		return true;
	if (!token->hash)
		BiDiagnose(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, token->first,
				   token->first + 1,
				   "Leave \"=\" out, or use a configuration that keeps exact forms, as bisearch_english does.",
				   "text search configuration keeps no exact forms");
	return false;
}

/* Is one of the signs a wildcard, once they have been classified? */
static bool
has_wildcards(const BiChar *chars, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (chars[i].wild != BI_WILD_NONE)
			return true;
	}
	return false;
}

/*
 * Append to slots the words of one chunk, whose wildcards have been
 * classified.
 */
static void
bind_chunk(BiParseState *state, BiChar *chars, int n, bool exact,
		   uint32 *npos, List **slots)
{
	int			len;
	char	   *text;

	if (has_wildcards(chars, n))
	{
		if (chars[0].wild == BI_WILD_LONE)
			(*npos)++;
		else
			BiBindWildcards(state, chars, n, exact, npos, slots);
		return;
	}
	/* bind what is printed */
	BiTrimRefused(&chars, &n);
	text = BiEncodeChars(chars, n, &len);
	BiBindText(state, text, len, chars, exact, npos, slots);
	pfree(text);
}

/*
 * The slots of a chunk that is a word, or a chunk of a phrase that is bound
 * by itself.  Words that are too long are dropped from it.
 */
static List *
bind_chunk_alone(BiParseState *state, BiChar **chars, int *n, bool quoted,
				 bool exact)
{
	List	   *slots;

	do
	{
		uint32		npos = 0;

		CHECK_FOR_INTERRUPTS();
		slots = NIL;
		BiClassify(state, *chars, *n, quoted);
		bind_chunk(state, *chars, *n, exact, &npos, &slots);
	} while (BiDropLong(chars, n));
	return slots;
}

/*
 * The slots of a word that "~" follows; sets *edits to its number of edits, 0
 * if it is not fuzzy after all.
 */
static List *
bind_fuzzy_alone(BiParseState *state, const BiQueryToken *token,
				 BiChar **chars, int *n, bool exact, int *edits)
{
	bool		fuzzy = true;

	while (fuzzy)
	{
		uint32		npos = 0;
		List	   *slots = NIL;

		CHECK_FOR_INTERRUPTS();
		BiClassify(state, *chars, *n, false);
		if (has_wildcards(*chars, *n))
		{
			BiDiagnose(state, BI_WARNING, 0, token->to, token->last,
					   "Search for one of them: a word with wildcards, or a fuzzy word.",
					   "\"%s\" is ignored after a word with wildcards",
					   BiQuoteInput(state, token->to, token->last));
			break;
		}
		BiTrimRefused(chars, n);
		*edits = BiBindFuzzy(state, *chars, *n, token->fuzziness, &npos,
							 &slots);
		fuzzy = *edits > 0 && ((*chars)[*n - 1].flags & BI_CHAR_LONG) == 0;
		if (!BiDropLong(chars, n) && fuzzy)
			return slots;
	}
	*edits = 0;
	return bind_chunk_alone(state, chars, n, false, exact);
}

/* The item for a word that "~" follows. */
static BiTree *
bind_fuzzy_word(BiParseState *state, const BiQueryToken *token, BiChar *chars,
				int n, bool exact, uint8 fields)
{
	int			edits;
	List	   *slots = bind_fuzzy_alone(state, token, &chars, &n, exact,
										 &edits);
	BiTree	   *item = make_item_of_slots(state, chars, n, slots,
										  exact && edits == 0, fields,
										  token->first, token->last);

	if (item == NULL || edits == 0)
		return item;
	/* in quotation marks "~" would be punctuation */
	if (exact && state->config.exact_forms && item->nwords > 1)
		BiDiagnose(state, BI_WARNING, 0, token->first, token->from,
				   "Search for the words one by one, with PRE/1 between them.",
				   "\"=\" is ignored before several words of which one is fuzzy");
	item->text = repalloc(item->text, item->textlen + 2);
	item->text[item->textlen++] = '~';
	item->text[item->textlen++] = '0' + edits;
	return item;
}

/* The item for a bare word. */
BiTree *
BiBindWord(BiParseState *state, const BiQueryToken *token, uint8 fields)
{
	BiChar	   *chars = state->chars + token->from;
	int			n = token->to - token->from;
	bool		exact = wants_exact(state, token);
	List	   *slots;

	if (state->full)
		return NULL;
	if (token->exact && !exact)
	{
		/* once "=" is dropped, what follows must not become a field */
		for (int i = 0; i < n; i++)
		{
			if (chars[i].c == ':' || chars[i].c == '=' ||
				chars[i].c == '<' || chars[i].c == '>')
				chars[i].flags |= BI_CHAR_TEXT;
		}
	}
	if (token->fuzziness != BI_EDITS_NONE)
		return bind_fuzzy_word(state, token, chars, n, exact, fields);
	slots = bind_chunk_alone(state, &chars, &n, false, exact);
	return make_item_of_slots(state, chars, n, slots, exact, fields,
							  token->first,
							  token->last);
}

/*
 * The next chunk of chars from *i on: returns its start, or -1, and sets *i
 * to its end.
 */
static int
next_chunk(const BiChar *chars, int n, int *i)
{
	int			start;

	while (*i < n && BiIsSpace(chars[*i].c))
		(*i)++;
	start = *i;
	while (*i < n && (!BiIsSpace(chars[*i].c) || BiJoinsInitials(chars, n, *i)))
		(*i)++;
	return start < n ? start : -1;
}

static bool
is_lone_star(const BiChar *chars, int n)
{
	return n == 1 && chars[0].c == '*' &&
		(chars[0].flags & BI_CHAR_TEXT) == 0;
}

/*
 * A copy of the phrase's characters, in which the stars after its closing
 * quote follow its last word.  Sets *n to their number.
 */
static BiChar *
phrase_chars(const BiParseState *state, const BiQueryToken *token, int *n)
{
	const BiChar *from = state->chars + token->from;
	int			len = token->to - token->from;
	int			stars = token->stars;
	int			at = len;
	BiChar	   *copy = palloc_array(BiChar, len + stars + 1);

	while (at > 0 && !BiIsWordChar(from[at - 1].c))
		at--;
	if (at < len && from[at].c == '*' && (from[at].flags & BI_CHAR_TEXT) == 0)
		stars = 0;				/* the word has its own */
	memcpy(copy, from, sizeof(BiChar) * at);
	for (int i = 0; i < stars; i++)
	{
		copy[at + i] = from[at - 1];
		copy[at + i].c = '*';
		copy[at + i].flags = 0;
	}
	memcpy(copy + at + stars, from + at, sizeof(BiChar) * (len - at));
	*n = len + stars;
	return copy;
}

/* Classify the wildcards of a phrase's chunks, except lone stars. */
static void
classify_phrase(BiParseState *state, BiChar *chars, int n)
{
	int			start;

	for (int i = 0; (start = next_chunk(chars, n, &i)) >= 0;)
	{
		if (BiIsPhraseChunk(chars + start, i - start))
			BiClassify(state, chars + start, i - start, true);
	}
}

/*
 * Classify the lone stars of a phrase.  They count only between words; those
 * at the ends become blanks, as do all of them if the words may be in any
 * order (slop).  Returns whether the phrase has wildcards of any kind.
 */
static bool
find_lone_stars(BiChar *chars, int n, bool slop)
{
	int			first = n;
	int			last = 0;
	int			start;
	bool		any = false;

	for (int i = 0; (start = next_chunk(chars, n, &i)) >= 0;)
	{
		if (!BiIsPhraseChunk(chars + start, i - start))
			continue;
		first = Min(first, start);
		last = i;
	}
	for (int i = 0; (start = next_chunk(chars, n, &i)) >= 0;)
	{
		if (!is_lone_star(chars + start, i - start))
			continue;
		chars[start].wild = BI_WILD_LONE;
		if (slop || start < first || start >= last)
		{
			chars[start].c = ' ';
			chars[start].wild = BI_WILD_NONE;
		}
	}
	for (int i = 0; i < n; i++)
		any |= chars[i].wild != BI_WILD_NONE;
	return any;
}

/*
 * Keep only chunks with a meaning, separated by one blank, as the phrase
 * prints.  Returns the number of characters.
 */
static int
compact_phrase(BiChar *chars, int n)
{
	int			kept = 0;
	int			start;

	for (int i = 0; (start = next_chunk(chars, n, &i)) >= 0;)
	{
		BiChar	   *chunk = chars + start;
		int			len = i - start;

		if (chunk->wild != BI_WILD_LONE && !BiIsPhraseChunk(chunk, len))
			continue;
		BiTrimRefused(&chunk, &len);
		if (kept > 0)
		{
			chars[kept].c = ' ';
			chars[kept].src = chunk->src;
			chars[kept].flags = 0;
			chars[kept++].wild = BI_WILD_NONE;
		}
		memmove(chars + kept, chunk, sizeof(BiChar) * len);
		kept += len;
	}
	return kept;
}

/* A phrase whose words may be in any order: a chain of its words. */
static BiTree *
bind_slop(BiParseState *state, BiChar *chars, int n,
		  const BiQueryToken *token, uint8 fields)
{
	BiTree	   *tree = NULL;
	BiProxJoin	join = {BI_WITHIN, token->slop};
	int			start;

	for (int i = 0; (start = next_chunk(chars, n, &i)) >= 0;)
	{
		BiChar	   *chunk = chars + start;
		int			len = i - start;
		int			first = BiCharIndex(state, chunk);
		List	   *slots;
		BiTree	   *item;

		CHECK_FOR_INTERRUPTS();
		if (state->full)
			break;
		if (!BiIsPhraseChunk(chunk, len))
			continue;
		slots = bind_chunk_alone(state, &chunk, &len, true, true);
		item = make_item_of_slots(state, chunk, len, slots, true, fields, first,
								  first + i - start);
		tree = BiTreeProxJoin(state, tree, join, item, token->first,
							  token->last);
	}
	return tree;
}

/*
 * Append to slots the phrase's words, which may have wildcards.  Returns
 * false if there are too many.
 */
static bool
bind_words(BiParseState *state, BiChar *chars, int n, bool wild,
		   const BiQueryToken *token, List **slots)
{
	uint32		npos = 0;
	int			start;

	if (!wild)
	{
		int			len;
		char	   *text = BiEncodeChars(chars, n, &len);

		BiBindText(state, text, len, chars, true, &npos, slots);
		pfree(text);
		return true;
	}
	for (int i = 0; (start = next_chunk(chars, n, &i)) >= 0;)
	{
		CHECK_FOR_INTERRUPTS();
		if (BiTooManyWords(state, list_length(*slots), token->first,
						   token->last, NULL))
			return false;
		bind_chunk(state, chars + start, i - start, true, &npos, slots);
	}
	return true;
}

/* Is anything in the quotation searched for? */
static bool
is_phrase(const BiParseState *state, const BiQueryToken *token)
{
	const BiChar *chars = state->chars + token->from;
	int			n = token->to - token->from;
	int			start;

	if (BiHasWordChar(chars, n))
		return true;
	for (int i = 0; (start = next_chunk(chars, n, &i)) >= 0;)
	{
		if (BiIsPhraseChunk(chars + start, i - start))
			return true;
	}
	return false;
}

/* The item for a phrase. */
BiTree *
BiBindPhrase(BiParseState *state, const BiQueryToken *token, uint8 fields)
{
	List	   *slots;
	BiChar	   *chars;
	int			n;

	wants_exact(state, token);
	if (!is_phrase(state, token))
	{
		/* an unclosed one has been reported already */
		if (token->last > token->to)
			BiDiagnose(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, token->first,
					   token->last, NULL, "phrase is empty");
		return NULL;
	}

	if (state->full)
		return NULL;
	chars = phrase_chars(state, token, &n);
	do
	{
		bool		wild;

		CHECK_FOR_INTERRUPTS();
		classify_phrase(state, chars, n);
		wild = find_lone_stars(chars, n, token->has_slop);
		n = compact_phrase(chars, n);
		if (token->has_slop)
			return bind_slop(state, chars, n, token, fields);
		slots = NIL;
		if (!bind_words(state, chars, n, wild, token, &slots))
			return NULL;
	} while (BiDropLong(&chars, &n));
	return make_item_of_slots(state, chars, n, slots, true, fields,
							  token->first,
							  token->last);
}

/* The whole input without any syntax: its chunks under AND, or one phrase. */
BiTree *
BiBindPlain(BiParseState *state, BiMode mode)
{
	BiTree	   *tree = NULL;
	int			start;

	if (mode == BI_MODE_PHRASE)
	{
		BiQueryToken token = {.kind = BI_TOK_PHRASE, .last = state->nchars,
		.to = state->nchars};

		return BiBindPhrase(state, &token, BI_ALL_FIELDS);
	}
	for (int i = 0; (start = next_chunk(state->chars, state->nchars, &i)) >= 0;)
	{
		BiQueryToken token = {.kind = BI_TOK_WORD, .first = start, .last = i,
		.from = start, .to = i};

		CHECK_FOR_INTERRUPTS();
		if (BiHasWordChar(state->chars + start, i - start))
			tree = BiTreeJoin(state, BI_AND, tree,
							  BiBindWord(state, &token, BI_ALL_FIELDS), start);
	}
	return tree;
}
