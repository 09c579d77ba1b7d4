/*
 * bigram_scan.c
 *	  Going through the words of a segment that follow each other.
 *
 * The lists of the words are gone through window by window: their positions
 * in the window's articles are gathered, sorted by article, and those that
 * are neighbours looked for.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "index/bigram/bigram_scan.h"
#include "text/tsvector_layout.h"

/* words of a window's articles, about: it ends there */
#define MAX_TOKENS (512 * 1024)

/* a word in an article of the window */
typedef struct Token
{
	uint16		doc;			/* from the window's first */
	uint16		pos;
	uint16		word;
} Token;

bool
BisBigramTerm(const char *term, int len)
{
	uint32		first;
	int			first_len;

	if (len < 1 || len > BIS_MAX_BIGRAM_WORD)
		return false;
	/* ends of sentences and paragraphs are not searched for */
	first = BiDecodeChar(term, term + len, &first_len);
	return first != BI_SENTENCE_SIGN && first != BI_PARAGRAPH_SIGN;
}

int
BisBigramKey(const char *a, int alen, const char *b, int blen,
			 char key[BIS_MAX_BIGRAM])
{
	memcpy(key, a, alen);
	key[alen] = '\0';
	memcpy(key + alen + 1, b, blen);
	return alen + 1 + blen;
}

BisBigramWord *
BisBigramWords(BisSegment *segment, uint32 least, int *n)
{
	BisTerms   *terms = palloc_object(BisTerms);
	int			max = 64;
	BisBigramWord *words = palloc_array(BisBigramWord, max);

	*n = 0;
	BisTermsSeek(terms, segment, "", 0);
	while (BisTermsNext(terms))
	{
		BisStoreMeanwhile(segment->store);
		if (terms->entry.ndocs < least ||
			!BisBigramTerm(terms->term, terms->len))
			continue;
		if (*n == max)
		{
			max *= 2;
			words = repalloc_huge(words, max * sizeof(BisBigramWord));
		}
		words[*n].term = memcpy(palloc(terms->len), terms->term, terms->len);
		words[*n].len = terms->len;
		words[*n].entry = terms->entry;
		(*n)++;
	}
	pfree(terms);
	return words;
}

BisBigramScan *
BisBigramScanBegin(BisSegment *segment, BisBigramWord *words, int n)
{
	BisBigramScan *walk = palloc0_object(BisBigramScan);

	walk->context = CurrentMemoryContext;
	walk->segment = segment;
	walk->words = words;
	walk->n = n;
	walk->cursors = palloc_array(BisPostings, n);
	walk->last = palloc_array(uint32, (Size) n * n);
	return walk;
}

/* Where the window ends that begins at article first. */
static uint32
window_end(const BisBigramScan *walk, uint32 first)
{
	uint32		ndocs = walk->segment->header->ndocs;
	uint32		ntokens = 0;
	uint32		end = first;

	while (end < ndocs && end - first < BIS_BIGRAM_WINDOW && ntokens < MAX_TOKENS)
		ntokens += BisSegmentDoc(walk->segment, end++)->length;
	return end;
}

/*
 * Gather a word's positions in the articles from first on, before end.  False
 * if there are some of which bigrams could not tell.
 */
static bool
gather_word(BisBigramScan *walk, int word, uint32 first, uint32 end)
{
	BisPostings *cursor = &walk->cursors[word];

	while (cursor->doc < end)
	{
		WordEntryPos places[MAXNUMPOS];
		uint32		freq = BisPostingsFreq(cursor);
		Token	   *tokens;

		if (freq == 0)
		{
			/* no phrase has it */
			BisPostingsNext(cursor);
			continue;
		}
		BisPostingsPositionsOnly(cursor, places);
		if (places[0] == 0 || places[freq - 1] >= MAXENTRYPOS - 1)
			return false;
		BisBytesReserve(&walk->tokens, freq * sizeof(Token), walk->context);
		tokens = (Token *) (walk->tokens.data + walk->tokens.len);
		for (uint32 i = 0; i < freq; i++)
		{
			tokens[i].doc = cursor->doc - first;
			tokens[i].pos = places[i];
			tokens[i].word = word;
		}
		walk->tokens.len += freq * sizeof(Token);
		walk->ends[cursor->doc - first] += freq;
		BisPostingsNext(cursor);
	}
	return true;
}

/* Sort the window's tokens by article; ends are as many as each has. */
static void
sort_tokens(BisBigramScan *walk)
{
	const Token *tokens = (const Token *) walk->tokens.data;
	uint32		n = walk->tokens.len / sizeof(Token);
	uint32		start = 0;
	Token	   *sorted;

	walk->sorted.len = 0;
	BisBytesReserve(&walk->sorted, walk->tokens.len, walk->context);
	BisBytesReserve(&walk->before, n * sizeof(uint32), walk->context);
	sorted = (Token *) walk->sorted.data;
	for (int doc = 0; doc < BIS_BIGRAM_WINDOW; doc++)
	{
		uint32		here = walk->ends[doc];

		walk->ends[doc] = start;
		start += here;
	}
	/* where an article's next token goes, and in the end where they end */
	for (uint32 i = 0; i < n; i++)
		sorted[walk->ends[tokens[i].doc]++] = tokens[i];
}

/* Tell found of the bigrams of an article, which has n tokens. */
static void
bigram_up(BisBigramScan *walk, const Token *tokens, uint32 n, uint32 doc,
		  BisBigramFound found, void *arg)
{
	uint32	   *before = (uint32 *) walk->before.data;

	for (uint32 i = 0; i < n; i++)
	{
		before[i] = walk->at[tokens[i].pos];
		walk->at[tokens[i].pos] = i + 1;
	}
	for (uint32 i = 0; i < n; i++)
	{
		/* many words may be at a position */
		CHECK_FOR_INTERRUPTS();
		for (uint32 next = walk->at[tokens[i].pos + 1]; next > 0;
			 next = before[next - 1])
		{
			uint32		bigram = tokens[i].word * walk->n +
				tokens[next - 1].word;
			uint32		last = walk->last[bigram];

			if (last == doc)
				continue;
			walk->last[bigram] = doc;
			found(arg, bigram, doc, last);
		}
	}
	for (uint32 i = 0; i < n; i++)
		walk->at[tokens[i].pos] = 0;
}

/* Tell found of the bigrams of a window; see BisBigramScanAll. */
static bool
walk_window(BisBigramScan *walk, uint32 first, uint32 end, BisBigramFound found,
			void *arg)
{
	uint32		start = 0;

	walk->tokens.len = 0;
	memset(walk->ends, 0, sizeof(walk->ends));
	for (int i = 0; i < walk->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!gather_word(walk, i, first, end))
			return false;
	}
	if (walk->tokens.len == 0)
		return true;
	sort_tokens(walk);
	for (uint32 doc = first; doc < end; doc++)
	{
		bigram_up(walk, (const Token *) walk->sorted.data + start,
				  walk->ends[doc - first] - start, doc, found, arg);
		start = walk->ends[doc - first];
	}
	return true;
}

bool
BisBigramScanAll(BisBigramScan *walk, BisBigramFound found, void *arg)
{
	MemoryContext context = AllocSetContextCreate(walk->context,
												  "bisearch bigrams",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	uint32		ndocs = walk->segment->header->ndocs;
	uint32		end;
	bool		all = true;

	memset(walk->last, 0xFF, (Size) walk->n * walk->n * sizeof(uint32));
	for (int i = 0; i < walk->n; i++)
		BisPostingsOpen(&walk->cursors[i], walk->segment,
						&walk->words[i].entry);
	for (uint32 first = 0; first < ndocs && all; first = end)
	{
		BisStoreMeanwhile(walk->segment->store);
		end = window_end(walk, first);
		all = walk_window(walk, first, end, found, arg);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return all;
}
