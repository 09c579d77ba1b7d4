/*
 * pairs.c
 *	  Lists of the articles in which frequent words follow each other.
 *
 * The segment's lists are gone through window by window: the positions of the
 * frequent words in the window's articles are gathered, sorted by article, and
 * those that are neighbours looked for.  That is done once to count the pairs,
 * which tells for how many words there is room, and then as often as it takes
 * to gather their lists in the memory that there is.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "index/pairs.h"
#include "text/article.h"

/* most words of pairs */
#define MAX_WORDS 384

/* each is in one of so many articles, at least */
#define LEAST_SHARE 16

/* so many articles have no pairs: their lists are short */
#define MIN_DOCS 256

/* pairs may take one byte for so many of the segment's lists */
#define ROOM_SHARE 6

/* bytes of a pair in the dictionary, about */
#define ENTRY_BYTES 14

/* articles that are gone through at a time, and words of them, about */
#define WINDOW 512
#define MAX_TOKENS (512 * 1024)

/* a frequent word */
typedef struct Word
{
	char	   *term;
	int			len;
	BisTerm		entry;
	int			rank;			/* by articles, the most frequent one's is 0 */
	int			number;			/* in the walk that counted the pairs */
} Word;

/* a word in an article of the window */
typedef struct Token
{
	uint16		doc;			/* from the window's first */
	uint16		pos;
	uint16		word;
} Token;

typedef struct Walk
{
	MemoryContext context;
	BisSegment *segment;
	Word	   *words;			/* in the order of their terms */
	int			n;
	BisCursor  *cursors;
	uint32	   *last;			/* of each pair: the last article that has it,
								 * or BIS_NO_DOC */

	/* of the window */
	BisBytes	tokens;
	BisBytes	sorted;			/* the same by article */
	uint32		ends[WINDOW + 1];	/* of its tokens in sorted */

	/* of an article: the last token at a position, + 1, and the one before */
	uint32		at[MAXENTRYPOS + 1];
	BisBytes	before;
} Walk;

/*
 * Told of each pair, an index of two words' lists: word * n + word, and of
 * the article before that had it.
 */
typedef void (*Found) (void *arg, uint32 pair, uint32 doc, uint32 last);

bool
BisPairTerm(const char *term, int len)
{
	uint32		first;
	int			first_len;

	if (len < 1 || len > BIS_MAX_PAIR_WORD)
		return false;
	/* ends of sentences and paragraphs are not searched for */
	first = BiDecodeChar(term, term + len, &first_len);
	return first != BI_SENTENCE_SIGN && first != BI_PARAGRAPH_SIGN;
}

int
BisPairKey(const char *a, int alen, const char *b, int blen,
		   char key[BIS_MAX_PAIR])
{
	memcpy(key, a, alen);
	key[alen] = '\0';
	memcpy(key + alen + 1, b, blen);
	return alen + 1 + blen;
}

uint64
BisPairHash(const char *key, int len, uint32 doc)
{
	return hash_bytes_extended((const unsigned char *) key, len, doc);
}

/* Those words of the segment that are in least articles or more. */
static Word *
read_words(BisSegment *segment, uint32 least, int *n)
{
	BisTerms   *terms = palloc_object(BisTerms);
	int			max = 64;
	Word	   *words = palloc_array(Word, max);

	*n = 0;
	BisTermsSeek(terms, segment, "", 0);
	while (BisTermsNext(terms))
	{
		CHECK_FOR_INTERRUPTS();
		if (terms->entry.ndocs < least ||
			!BisPairTerm(terms->term, terms->len))
			continue;
		if (*n == max)
		{
			max *= 2;
			words = repalloc_huge(words, max * sizeof(Word));
		}
		words[*n].term = memcpy(palloc(terms->len), terms->term, terms->len);
		words[*n].len = terms->len;
		words[*n].entry = terms->entry;
		(*n)++;
	}
	pfree(terms);
	return words;
}

static int
compare_articles(const void *a, const void *b)
{
	uint32		left = ((const Word *) a)->entry.ndocs;
	uint32		right = ((const Word *) b)->entry.ndocs;

	return left > right ? -1 : left < right;
}

static int
compare_terms(const void *a, const void *b)
{
	const Word *left = a;
	const Word *right = b;

	return BisCompareTerms(left->term, left->len, right->term, right->len);
}

/*
 * Keep the most frequent ones of n words, at most most; all of the same
 * number of articles or none.  Leaves them in the order of their terms.
 */
static int
keep_words(Word *words, int n, int most)
{
	qsort(words, n, sizeof(Word), compare_articles);
	if (n > most)
	{
		uint32		dropped = words[most].entry.ndocs;

		for (n = most; n > 0 && words[n - 1].entry.ndocs == dropped;)
			n--;
	}
	for (int i = 0; i < n; i++)
		words[i].rank = i;
	qsort(words, n, sizeof(Word), compare_terms);
	return n;
}

static Walk *
begin_walk(BisSegment *segment, Word *words, int n)
{
	Walk	   *walk = palloc0_object(Walk);

	walk->context = CurrentMemoryContext;
	walk->segment = segment;
	walk->words = words;
	walk->n = n;
	walk->cursors = palloc_array(BisCursor, n);
	walk->last = palloc_array(uint32, (Size) n * n);
	return walk;
}

/* Where the window ends that begins at article first. */
static uint32
window_end(const Walk *walk, uint32 first)
{
	uint32		ndocs = walk->segment->header->ndocs;
	uint32		ntokens = 0;
	uint32		end = first;

	while (end < ndocs && end - first < WINDOW && ntokens < MAX_TOKENS)
		ntokens += BisSegmentDoc(walk->segment, end++)->length;
	return end;
}

/*
 * Gather a word's positions in the articles from first on, before end.  False
 * if there are some of which pairs could not tell.
 */
static bool
gather_word(Walk *walk, int word, uint32 first, uint32 end)
{
	BisCursor  *cursor = &walk->cursors[word];

	while (cursor->doc < end)
	{
		WordEntryPos places[MAXNUMPOS];
		uint32		freq = BisCursorFreq(cursor);
		Token	   *tokens;

		BisCursorPlaces(cursor, places);
		if (freq == 0 || places[0] == 0 ||
			places[freq - 1] >= MAXENTRYPOS - 1)
			return false;
		BisBytesReserve(&walk->tokens, freq * sizeof(Token), walk->context);
		tokens = (Token *) (walk->tokens.data + walk->tokens.len);
		for (uint32 i = 0; i < freq; i++)
			tokens[i] = (Token) {cursor->doc - first, places[i], word};
		walk->tokens.len += freq * sizeof(Token);
		walk->ends[cursor->doc - first] += freq;
		BisCursorNext(cursor);
	}
	return true;
}

/* Sort the window's tokens by article; ends are as many as each has. */
static void
sort_tokens(Walk *walk)
{
	const Token *tokens = (const Token *) walk->tokens.data;
	uint32		n = walk->tokens.len / sizeof(Token);
	uint32		start = 0;
	Token	   *sorted;

	walk->sorted.len = 0;
	BisBytesReserve(&walk->sorted, walk->tokens.len, walk->context);
	BisBytesReserve(&walk->before, n * sizeof(uint32), walk->context);
	sorted = (Token *) walk->sorted.data;
	for (int doc = 0; doc < WINDOW; doc++)
	{
		uint32		here = walk->ends[doc];

		walk->ends[doc] = start;
		start += here;
	}
	/* where an article's next token goes, and in the end where they end */
	for (uint32 i = 0; i < n; i++)
		sorted[walk->ends[tokens[i].doc]++] = tokens[i];
}

/* Tell found of the pairs of an article, which has n tokens. */
static void
pair_up(Walk *walk, const Token *tokens, uint32 n, uint32 doc, Found found,
		void *arg)
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
			uint32		pair = tokens[i].word * walk->n +
				tokens[next - 1].word;
			uint32		last = walk->last[pair];

			if (last == doc)
				continue;
			walk->last[pair] = doc;
			found(arg, pair, doc, last);
		}
	}
	for (uint32 i = 0; i < n; i++)
		walk->at[tokens[i].pos] = 0;
}

/* Tell found of the pairs of a window; see walk_pairs. */
static bool
walk_window(Walk *walk, uint32 first, uint32 end, Found found, void *arg)
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
		pair_up(walk, (const Token *) walk->sorted.data + start,
				walk->ends[doc - first] - start, doc, found, arg);
		start = walk->ends[doc - first];
	}
	return true;
}

/*
 * Tell found of all pairs, an article after the other.  Returns false, and
 * may have told of some, if they would not say all.
 */
static bool
walk_pairs(Walk *walk, Found found, void *arg)
{
	MemoryContext context = AllocSetContextCreate(walk->context,
												  "bisearch pairs",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	uint32		ndocs = walk->segment->header->ndocs;
	uint32		end;
	bool		all = true;

	memset(walk->last, 0xFF, (Size) walk->n * walk->n * sizeof(uint32));
	for (int i = 0; i < walk->n; i++)
		BisCursorOpen(&walk->cursors[i], walk->segment,
					  &walk->words[i].entry);
	for (uint32 first = 0; first < ndocs && all; first = end)
	{
		end = window_end(walk, first);
		all = walk_window(walk, first, end, found, arg);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return all;
}

/* what is known of each pair */
typedef struct Counts
{
	uint32	   *docs;			/* articles */
	uint64	   *bytes;			/* of its list as BisPutNumber would write it */
} Counts;

/* Bytes that BisPutNumber needs. */
static int
number_bytes(uint32 number)
{
	int			bytes = 1;

	while (number >= 0x80)
	{
		number >>= 7;
		bytes++;
	}
	return bytes;
}

static void
count_pair(void *arg, uint32 pair, uint32 doc, uint32 last)
{
	Counts	   *counts = arg;

	counts->docs[pair]++;
	counts->bytes[pair] += number_bytes(doc - last - 1);
}

/* Of how many of the most frequent words is there room for the pairs? */
static int
fitting_words(const Walk *walk, const Counts *counts, uint64 room)
{
	uint64	   *bytes = palloc0_array(uint64, walk->n);
	uint64		sum = 0;
	int			most = 0;

	for (int a = 0; a < walk->n; a++)
	{
		for (int b = 0; b < walk->n; b++)
		{
			int			pair = a * walk->n + b;

			if (counts->docs[pair] > 0)
				bytes[Max(walk->words[a].rank, walk->words[b].rank)] +=
					counts->bytes[pair] + ENTRY_BYTES;
		}
	}
	while (most < walk->n && sum + bytes[most] <= room)
		sum += bytes[most++];
	pfree(bytes);
	return most;
}

/* the lists of pairs being gathered: those from first on, below end */
typedef struct Gather
{
	uint32		first;
	uint32		end;
	uint8	  **next;			/* where each goes on */
} Gather;

static void
gather_pair(void *arg, uint32 pair, uint32 doc, uint32 last)
{
	Gather	   *gather = arg;
	BisBytes	bytes = {0};

	if (pair < gather->first || pair >= gather->end)
		return;
	bytes.data = gather->next[pair - gather->first];
	BisPutNumber(&bytes, doc - last - 1);
	gather->next[pair - gather->first] += bytes.len;
}

/* Write the list of a pair, which BisPutNumber wrote to size bytes. */
static void
write_list(BisWriter *writer, const Walk *walk, uint32 pair,
		   const uint8 *list, uint64 size)
{
	const Word *a = &walk->words[pair / walk->n];
	const Word *b = &walk->words[pair % walk->n];
	char		key[BIS_MAX_PAIR];
	int			len = BisPairKey(a->term, a->len, b->term, b->len, key);
	BisReader	reader = {list, list + size};
	WordEntryPos place = 0;		/* takes no room */
	uint32		doc = BIS_NO_DOC;

	BisWriterTerm(writer, key, len);
	while (reader.next < reader.end)
	{
		doc += (uint32) BisGetNumber(&reader) + 1;
		BisWriterPosting(writer, doc, 1, &place);
	}
}

/* Write the pairs from first on, below end, whose lists take bytes. */
static void
write_some(BisWriter *writer, Walk *walk, const Counts *counts, uint32 first,
		   uint32 end, uint64 bytes)
{
	Gather		gather = {.first = first, .end = end};
	uint8	   *room = MemoryContextAllocHuge(CurrentMemoryContext,
											  Max(bytes, 1));
	uint8	   *list = room;

	gather.next = palloc_array(uint8 *, end - first);
	for (uint32 pair = first; pair < end; pair++)
	{
		gather.next[pair - first] = list;
		list += counts->bytes[pair];
	}
	walk_pairs(walk, gather_pair, &gather);
	list = room;
	for (uint32 pair = first; pair < end; pair++)
	{
		CHECK_FOR_INTERRUPTS();
		if (counts->docs[pair] > 0)
			write_list(writer, walk, pair, list, counts->bytes[pair]);
		list += counts->bytes[pair];
	}
	pfree(gather.next);
	pfree(room);
}

/*
 * Write all pairs, as many at a time as there is memory for, but at least
 * one.
 */
static void
write_pairs(BisWriter *writer, Walk *walk, const Counts *counts)
{
	uint64		memory = (uint64) maintenance_work_mem * 1024 / 2;
	uint32		npairs = walk->n * walk->n;
	uint32		end;

	for (uint32 first = 0; first < npairs; first = end)
	{
		uint64		bytes = 0;

		for (end = first; end < npairs; end++)
		{
			if (bytes > 0 && bytes + counts->bytes[end] > memory)
				break;
			bytes += counts->bytes[end];
		}
		write_some(writer, walk, counts, first, end, bytes);
	}
}

/* Count the walk's pairs; false if they would not say all. */
static bool
count_pairs(Walk *walk, Counts *counts)
{
	Size		npairs = (Size) walk->n * walk->n;

	counts->docs = palloc0_array(uint32, npairs);
	counts->bytes = palloc0_array(uint64, npairs);
	for (int i = 0; i < walk->n; i++)
		walk->words[i].number = i;
	return walk_pairs(walk, count_pair, counts);
}

/* The counts of those pairs that are left; all were n words. */
static Counts
keep_counts(const Walk *walk, const Counts *all, int n)
{
	Counts		kept;

	kept.docs = palloc_array(uint32, (Size) walk->n * walk->n);
	kept.bytes = palloc_array(uint64, (Size) walk->n * walk->n);
	for (int a = 0; a < walk->n; a++)
	{
		for (int b = 0; b < walk->n; b++)
		{
			int			from = walk->words[a].number * n +
				walk->words[b].number;

			kept.docs[a * walk->n + b] = all->docs[from];
			kept.bytes[a * walk->n + b] = all->bytes[from];
		}
	}
	return kept;
}

/* Write the pairs of words, of which there are n; returns their header. */
static BlockNumber
write_segment(BisStore *store, uint64 generation, BisSegment *segment,
			  Word *words, int n, const Counts *counts)
{
	BisWriter  *writer = BisWriterBeginPairs(store, generation,
											 segment->header->ndocs);
	BisSegmentEntry entry;

	write_pairs(writer, begin_walk(segment, words, n), counts);
	BisWriterEnd(writer, &entry);
	return entry.header;
}

/* Bytes that the pairs of a segment may take. */
static uint64
room_for_pairs(const BisHeader *header)
{
	return (header->streams[BIS_POSTINGS].length +
			header->streams[BIS_POSITIONS].length +
			header->streams[BIS_TERMS].length) / ROOM_SHARE;
}

void
BisPairsWrite(BisStore *store, uint64 generation, BisHeader *header)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch pairs",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	BisStore	read = {.index = store->index};
	BisSegment *segment = BisSegmentOver(&read, generation, header);
	Word	   *words = NULL;
	Counts		counts;
	Walk	   *walk;
	int			all = 0;
	int			n = 0;

	if (header->ndocs >= MIN_DOCS)
	{
		words = read_words(segment, header->ndocs / LEAST_SHARE, &all);
		all = keep_words(words, all, MAX_WORDS);
	}
	if (all > 0)
	{
		walk = begin_walk(segment, words, all);
		if (count_pairs(walk, &counts))
			n = keep_words(words, all, fitting_words(walk, &counts,
													 room_for_pairs(header)));
	}
	if (n > 0)
	{
		walk->n = n;
		counts = keep_counts(walk, &counts, all);
		header->pairs = write_segment(store, generation, segment, words, n,
									  &counts);
		header->frequent = PG_UINT32_MAX;
		for (int i = 0; i < n; i++)
			header->frequent = Min(header->frequent, words[i].entry.ndocs);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/* a sum of pairs being made */
typedef struct Sum
{
	const Walk *walk;
	uint64		hashes;
	uint64		npostings;
} Sum;

static void
sum_pair(void *arg, uint32 pair, uint32 doc, uint32 last pg_attribute_unused())
{
	Sum		   *sum = arg;
	const Word *a = &sum->walk->words[pair / sum->walk->n];
	const Word *b = &sum->walk->words[pair % sum->walk->n];
	char		key[BIS_MAX_PAIR];
	int			len = BisPairKey(a->term, a->len, b->term, b->len, key);

	sum->hashes += BisPairHash(key, len, doc);
	sum->npostings++;
}

uint64
BisPairsSum(BisSegment *segment, uint64 *npostings)
{
	Sum			sum = {0};
	Word	   *words;
	Walk	   *walk;
	uint32		least = PG_UINT32_MAX;
	int			n;

	words = read_words(segment, segment->header->frequent, &n);
	for (int i = 0; i < n; i++)
		least = Min(least, words[i].entry.ndocs);
	if (n > MAX_WORDS || least != segment->header->frequent)
		BisCorrupted("frequent words of a segment");
	walk = begin_walk(segment, words, n);
	sum.walk = walk;
	if (!walk_pairs(walk, sum_pair, &sum))
		BisCorrupted("pairs of words without positions");
	*npostings = sum.npostings;
	return sum.hashes;
}
