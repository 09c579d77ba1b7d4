/*
 * bigram_scan.c
 *	  Enumerating the bigrams of a segment's frequent words.
 *
 * The posting lists of the words are read window by window.  The positions of
 * all words in the window's articles are gathered and sorted by article; then
 * adjacent positions are looked up article by article.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "index/bigram/bigram_scan.h"
#include "text/tsvector_layout.h"

/* a window ends once its articles have about this many words */
#define MAX_TOKENS (512 * 1024)

/* an occurrence of a word in an article of the window */
typedef struct Token
{
	uint16		doc;			/* counted from the window's first one */
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
	/* boundaries of sentences and paragraphs are not searched for */
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
	BisBigramScan *scan = palloc0_object(BisBigramScan);

	scan->context = CurrentMemoryContext;
	scan->segment = segment;
	scan->words = words;
	scan->n = n;
	scan->cursors = palloc_array(BisPostings, n);
	scan->last = palloc_array(uint32, (Size) n * n);
	return scan;
}

/* The end of the window that begins at article first. */
static uint32
window_end(const BisBigramScan *scan, uint32 first)
{
	uint32		ndocs = scan->segment->header->ndocs;
	uint32		ntokens = 0;
	uint32		end = first;

	while (end < ndocs && end - first < BIS_BIGRAM_WINDOW &&
		   ntokens < MAX_TOKENS)
		ntokens += BisSegmentDoc(scan->segment, end++)->length;
	return end;
}

/*
 * Gather a word's positions in the articles from first up to, but not
 * including, end.  Returns false if bigrams cannot represent one of them.
 */
static bool
gather_word(BisBigramScan *scan, int word, uint32 first, uint32 end)
{
	BisPostings *cursor = &scan->cursors[word];

	while (cursor->doc < end)
	{
		WordEntryPos positions[MAXNUMPOS];
		uint32		freq = BisPostingsFreq(cursor);
		Token	   *tokens;

		if (freq == 0)
		{
			/* without positions it cannot be part of a phrase */
			BisPostingsNext(cursor);
			continue;
		}
		BisPostingsPositionsOnly(cursor, positions);
		if (positions[0] == 0 || positions[freq - 1] >= MAXENTRYPOS - 1)
			return false;
		BisBytesReserve(&scan->tokens, freq * sizeof(Token), scan->context);
		tokens = (Token *) (scan->tokens.data + scan->tokens.len);
		for (uint32 i = 0; i < freq; i++)
		{
			tokens[i].doc = cursor->doc - first;
			tokens[i].pos = positions[i];
			tokens[i].word = word;
		}
		scan->tokens.len += freq * sizeof(Token);
		scan->ends[cursor->doc - first] += freq;
		BisPostingsNext(cursor);
	}
	return true;
}

/*
 * Sort the window's tokens by article.  ends has the number of tokens of each
 * article, and then becomes where they end.
 */
static void
sort_tokens(BisBigramScan *scan)
{
	const Token *tokens = (const Token *) scan->tokens.data;
	uint32		n = scan->tokens.len / sizeof(Token);
	uint32		start = 0;
	Token	   *sorted;

	scan->sorted.len = 0;
	BisBytesReserve(&scan->sorted, scan->tokens.len, scan->context);
	BisBytesReserve(&scan->before, n * sizeof(uint32), scan->context);
	sorted = (Token *) scan->sorted.data;
	for (int doc = 0; doc < BIS_BIGRAM_WINDOW; doc++)
	{
		uint32		here = scan->ends[doc];

		scan->ends[doc] = start;
		start += here;
	}
	/* ends is where an article's next token goes, so finally its end */
	for (uint32 i = 0; i < n; i++)
		sorted[scan->ends[tokens[i].doc]++] = tokens[i];
}

/* Call found for each bigram of an article, which has n tokens. */
static void
report_bigrams(BisBigramScan *scan, const Token *tokens, uint32 n, uint32 doc,
			   BisBigramFound found, void *arg)
{
	uint32	   *before = (uint32 *) scan->before.data;

	for (uint32 i = 0; i < n; i++)
	{
		before[i] = scan->at[tokens[i].pos];
		scan->at[tokens[i].pos] = i + 1;
	}
	for (uint32 i = 0; i < n; i++)
	{
		/* there may be many words at one position */
		CHECK_FOR_INTERRUPTS();
		for (uint32 next = scan->at[tokens[i].pos + 1]; next > 0;
			 next = before[next - 1])
		{
			uint32		bigram = tokens[i].word * scan->n +
				tokens[next - 1].word;
			uint32		last = scan->last[bigram];

			if (last == doc)
				continue;
			scan->last[bigram] = doc;
			found(arg, bigram, doc, last);
		}
	}
	for (uint32 i = 0; i < n; i++)
		scan->at[tokens[i].pos] = 0;
}

/* Call found for the bigrams of a window; see BisBigramScanAll. */
static bool
scan_window(BisBigramScan *scan, uint32 first, uint32 end,
			BisBigramFound found, void *arg)
{
	uint32		start = 0;

	scan->tokens.len = 0;
	memset(scan->ends, 0, sizeof(scan->ends));
	for (int i = 0; i < scan->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!gather_word(scan, i, first, end))
			return false;
	}
	if (scan->tokens.len == 0)
		return true;
	sort_tokens(scan);
	for (uint32 doc = first; doc < end; doc++)
	{
		report_bigrams(scan, (const Token *) scan->sorted.data + start,
					   scan->ends[doc - first] - start, doc, found, arg);
		start = scan->ends[doc - first];
	}
	return true;
}

bool
BisBigramScanAll(BisBigramScan *scan, BisBigramFound found, void *arg)
{
	MemoryContext context = AllocSetContextCreate(scan->context,
												  "bisearch bigrams",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	uint32		ndocs = scan->segment->header->ndocs;
	uint32		end;
	bool		all = true;

	memset(scan->last, 0xFF, (Size) scan->n * scan->n * sizeof(uint32));
	for (int i = 0; i < scan->n; i++)
		BisPostingsOpen(&scan->cursors[i], scan->segment,
						&scan->words[i].entry);
	for (uint32 first = 0; first < ndocs && all; first = end)
	{
		BisStoreMeanwhile(scan->segment->store);
		end = window_end(scan, first);
		all = scan_window(scan, first, end, found, arg);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return all;
}
