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

/* marks of an article of the window */
#define IS_APART 0x01			/* of BIS_BIGRAM_APART */
#define IS_LONG	0x02			/* has words from BIS_BIGRAM_POSITIONS on */

/* an occurrence of a word in an article of the window */
typedef struct Token
{
	uint32		pos;
	uint16		doc;			/* counted from the window's first one */
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
 * including, end.  Position 0 and an unknown one are left out, as nothing is
 * adjacent to them; articles with one are marked IS_APART.
 */
static void
gather_word(BisBigramScan *scan, int word, uint32 first, uint32 end,
			uint8 *marks)
{
	BisPostings *cursor = &scan->cursors[word];

	while (cursor->doc < end)
	{
		uint32		freq = BisPostingsFreq(cursor);
		const BiOccurrence *occurrences;
		Token	   *tokens;

		if (freq == 0)
		{
			/* without positions it cannot be part of a phrase */
			BisPostingsNext(cursor);
			continue;
		}
		occurrences = BisPostingsPositions(cursor);
		if (BiOccurrencePos(occurrences[0]) == 0)
		{
			marks[cursor->doc - first] |= IS_APART;
			occurrences++;
			freq--;
		}
		if (freq > 0 &&
			BiOccurrencePos(occurrences[freq - 1]) == BI_UNKNOWN_POSITION)
		{
			marks[cursor->doc - first] |= IS_APART;
			freq--;
		}
		if (freq > 0 &&
			BiOccurrencePos(occurrences[freq - 1]) >= BIS_BIGRAM_POSITIONS)
			marks[cursor->doc - first] |= IS_LONG;
		BisBytesReserve(&scan->tokens, freq * sizeof(Token), scan->context);
		tokens = (Token *) (scan->tokens.data + scan->tokens.len);
		for (uint32 i = 0; i < freq; i++)
		{
			tokens[i].doc = cursor->doc - first;
			tokens[i].pos = BiOccurrencePos(occurrences[i]);
			tokens[i].word = word;
		}
		scan->tokens.len += freq * sizeof(Token);
		scan->ends[cursor->doc - first] += freq;
		BisPostingsNext(cursor);
	}
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

/* Call found for the bigram of two tokens, unless it was for this article. */
static inline void
report_bigram(BisBigramScan *scan, const Token *a, const Token *b, uint32 doc,
			  BisBigramFound found, void *arg)
{
	uint32		bigram = a->word * scan->n + b->word;
	uint32		last = scan->last[bigram];

	if (last == doc)
		return;
	scan->last[bigram] = doc;
	found(arg, bigram, doc, last);
}

static int
compare_tokens(const void *a, const void *b)
{
	uint32		left = ((const Token *) a)->pos;
	uint32		right = ((const Token *) b)->pos;

	CHECK_FOR_INTERRUPTS();
	return left < right ? -1 : left > right;
}

/* report_bigrams for an article that IS_LONG; sorts its tokens. */
static void
report_sorted_bigrams(BisBigramScan *scan, Token *tokens, uint32 n, uint32 doc,
					  BisBigramFound found, void *arg)
{
	uint32		next = 0;

	qsort(tokens, n, sizeof(Token), compare_tokens);
	for (uint32 i = 0; i < n; i++)
	{
		while (next < n && tokens[next].pos <= tokens[i].pos)
			next++;
		CHECK_FOR_INTERRUPTS();
		for (uint32 j = next; j < n && tokens[j].pos == tokens[i].pos + 1; j++)
			report_bigram(scan, &tokens[i], &tokens[j], doc, found, arg);
	}
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
			report_bigram(scan, &tokens[i], &tokens[next - 1], doc, found,
						  arg);
	}
	for (uint32 i = 0; i < n; i++)
		scan->at[tokens[i].pos] = 0;
}

/* Call found for the bigrams of a window; see BisBigramScanAll. */
static void
scan_window(BisBigramScan *scan, uint32 first, uint32 end,
			BisBigramFound found, void *arg)
{
	uint8		marks[BIS_BIGRAM_WINDOW] = {0};
	uint32		start = 0;

	scan->tokens.len = 0;
	memset(scan->ends, 0, sizeof(scan->ends));
	for (int i = 0; i < scan->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		gather_word(scan, i, first, end, marks);
	}
	for (uint32 doc = first; doc < end; doc++)
	{
		if ((marks[doc - first] & IS_APART) == 0)
			continue;
		found(arg, BIS_BIGRAM_APART, doc, scan->apart);
		scan->apart = doc;
	}
	if (scan->tokens.len == 0)
		return;
	sort_tokens(scan);
	for (uint32 doc = first; doc < end; doc++)
	{
		Token	   *tokens = (Token *) scan->sorted.data + start;
		uint32		n = scan->ends[doc - first] - start;

		if (marks[doc - first] & IS_LONG)
			report_sorted_bigrams(scan, tokens, n, doc, found, arg);
		else
			report_bigrams(scan, tokens, n, doc, found, arg);
		start = scan->ends[doc - first];
	}
}

void
BisBigramScanAll(BisBigramScan *scan, BisBigramFound found, void *arg)
{
	MemoryContext context = AllocSetContextCreate(scan->context,
												  "bisearch bigrams",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	uint32		ndocs = scan->segment->header->ndocs;
	uint32		end;

	scan->apart = BIS_NO_DOC;
	memset(scan->last, 0xFF, (Size) scan->n * scan->n * sizeof(uint32));
	for (int i = 0; i < scan->n; i++)
		BisPostingsOpen(&scan->cursors[i], scan->segment,
						&scan->words[i].entry);
	for (uint32 first = 0; first < ndocs; first = end)
	{
		BisStoreMeanwhile(scan->segment->store);
		end = window_end(scan, first);
		scan_window(scan, first, end, found, arg);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}
