/*
 * segment.h
 *	  Segments: written once from front to back, then read.
 *
 * A posting list is blocks of BIS_BLOCK articles and perhaps a shorter one.
 * A whole block:
 *
 *		1 byte			bits of a distance of articles
 *		1 byte			bits of a frequency
 *		1 byte			bits of a distance of positions
 *		packed			distance from the last article, less 1 (from -1 for
 *						the first)
 *		packed			frequency: how many positions, with 0 (it has none)
 *						and 1 exchanged
 *
 * The shorter block has the bits of a distance of positions; then, for each
 * article, the number (distance - 1) * 2 + (frequency is 1) and the frequency
 * if it is not 1.
 *
 * The positions of a block, one article's after the other's:
 *
 *		packed			distance from the article's last position (from 0 for
 *						the first)
 *		numbers			for each run of positions with the same weight that
 *						is not 0: how many are between it and the last run,
 *						(how many it has - 1) * 4 + the weight
 *
 * So the positions of an article are found without reading those before it.
 *
 * A list of more than one block is followed by a BisSkip for each block.
 *
 * Pages of the dictionary are a static tree, level 0 being the leaves.  Each
 * entry is
 *
 *		number			bytes that its term shares with the last entry's on
 *						the page
 *		number, bytes	length of the rest of the term, and the rest
 *
 * and then, on a leaf,
 *
 *		number			articles
 *		number			length of the posting list (skips not counted) * 2,
 *						+ 1 if it is here
 *		number			length of the positions
 *		bytes, bytes	the posting list and the positions, if here; else
 *		number, number	their offsets in the streams
 *
 * or, on an inner page, the number of the page whose first term this is.
 */
#ifndef BIS_SEGMENT_H
#define BIS_SEGMENT_H

#include "tsearch/ts_type.h"

#include "index/bytes.h"
#include "index/store.h"

/* where a block of a long posting list ends */
typedef struct BisSkip
{
	uint32		last;			/* its last article */
	uint32		postings;		/* offset behind it in the list: low 32 bits */
	uint64		rest;			/* and high 16, then 48 of the offset in the
								 * list's positions */
} BisSkip;

#define BIS_SKIP_POSITIONS_BITS 48

/* The offset behind the block in the list. */
static inline uint64
BisSkipPostings(const BisSkip *skip)
{
	return skip->rest >> BIS_SKIP_POSITIONS_BITS << 32 | skip->postings;
}

/* The offset behind it in the list's positions. */
static inline uint64
BisSkipPositions(const BisSkip *skip)
{
	return skip->rest & ((UINT64CONST(1) << BIS_SKIP_POSITIONS_BITS) - 1);
}

/* A skip; both offsets are below 2^48: an index has less bytes. */
static inline BisSkip
BisSkipMake(uint32 last, uint64 postings, uint64 positions)
{
	BisSkip		skip;

	skip.last = last;
	skip.postings = (uint32) postings;
	skip.rest = postings >> 32 << BIS_SKIP_POSITIONS_BITS | positions;
	return skip;
}

StaticAssertDecl((uint64) MaxBlockNumber * BLCKSZ <
				 UINT64CONST(1) << BIS_SKIP_POSITIONS_BITS,
				 "offset does not fit a BisSkip");

/* bytes of a posting list and its positions that the dictionary holds */
#define BIS_MAX_INLINE 64

/* longest lexeme of a tsvector */
#define BIS_MAX_TERM MAXSTRLEN

typedef struct BisWriter BisWriter;

/*
 * Begin a segment.  All of it is in a memory context of its own, a child of
 * the current one.  Call BisWriterDoc for each article, in order; then for
 * each term, in the order of their bytes, BisWriterTerm and, for each article
 * that has it, in order, BisWriterPosting; then BisWriterEnd, which frees the
 * writer.
 */
extern BisWriter *BisWriterBegin(BisStore *store, uint64 generation);

/* The same for one of pairs, about the ndocs articles of another segment. */
extern BisWriter *BisWriterBeginPairs(BisStore *store, uint64 generation,
									  uint32 ndocs);
extern void BisWriterDoc(BisWriter *writer, const BisDoc *doc);
extern void BisWriterTerm(BisWriter *writer, const char *term, int len);
extern void BisWriterPosting(BisWriter *writer, uint32 doc, int npositions,
							 const WordEntryPos *positions);
extern void BisWriterEnd(BisWriter *writer, BisSegmentEntry *entry);

/* articles of a page of BIS_DOCS: none is on two */
#define BIS_DOCS_PER_PAGE (BIS_PAGE_ROOM / sizeof(BisDoc))

StaticAssertDecl(BIS_PAGE_ROOM % sizeof(BisDoc) == 0,
				 "an article may be on two pages");

/* most pages of a segment that stay pinned while it is searched: 2^n */
#define BIS_MAX_PINS 64

/* and of its pairs, whose lists are short */
#define BIS_MAX_PAIR_PINS 16

/* and of its page map */
#define BIS_MAP_PINS 8

/* a page of a stream or of the map, pinned */
typedef struct BisPin
{
	Buffer		buffer;			/* InvalidBuffer: none */
	uint32		page;			/* as the page map counts, or a page of it */
	Size		used;			/* of its content */
	const uint8 *content;
} BisPin;

/* a segment being read */
typedef struct BisSegment
{
	const BisStore *store;
	uint64		generation;
	BisHeader  *header;			/* a copy */
	bool		pinned;			/* else pages are copied, none stays pinned */
	uint32		pin_mask;		/* page is in pins[page * 2 & pin_mask] or the
								 * next one, if in any */
	BisPin		pins[BIS_MAX_PINS];
	BisPin		doc_pin;		/* of the page at docs */
	BisPin		map_pins[BIS_MAP_PINS]; /* page n of the map is in the one at
										 * n % BIS_MAP_PINS, if in any */
	uint32		map;			/* index of the page of the map that is in
								 * blocks, if not pinned; header->nmaps: none
								 * yet */
	Size		map_size;		/* bytes of blocks */
	BlockNumber blocks[BIS_MAP_ENTRIES];
	uint32		dead_page;		/* of BIS_DEAD, that is in dead; or
								 * PG_UINT32_MAX */
	uint8		dead[BIS_PAGE_ROOM];
	struct BisSegment *pairs;	/* once it was asked for */
	uint32		first_doc;		/* of those at docs */
	uint32		ndocs;
	const BisDoc *docs;
	BisDoc		doc_room[BIS_DOCS_PER_PAGE];
} BisSegment;

/* articles whose bits are on one page of BIS_DEAD */
#define BIS_DEAD_PER_PAGE ((uint32) (BIS_PAGE_ROOM * BITS_PER_BYTE))

/*
 * Keep what is read pinned from now on, which makes reading quick, until
 * BisSegmentUnpin.  For searches under a snapshot: pages of segments, but for
 * those of dead articles, are not changed while one needs them.
 */
extern void BisSegmentPin(BisSegment *segment);
extern void BisSegmentUnpin(BisSegment *segment);

/* Open the segment, in the current memory context.  Nothing is left open. */
extern BisSegment *BisSegmentOpen(const BisStore *store,
								  const BisSegmentEntry *entry);

/*
 * The same, of a header that was not written yet: it belongs to the segment
 * from then on.
 */
extern BisSegment *BisSegmentOver(const BisStore *store, uint64 generation,
								  BisHeader *header);

/* The segment's segment of pairs, open as long as it is; NULL if none. */
extern BisSegment *BisSegmentPairs(BisSegment *segment);

/* Free a segment that is not pinned, and its header. */
extern void BisSegmentFree(BisSegment *segment);

/* Pages of a segment, its header among them, and of its pairs. */
extern uint32 BisSegmentPages(const BisStore *store,
							  const BisSegmentEntry *entry);

/* Block of a page of a stream. */
extern BlockNumber BisStreamBlock(BisSegment *segment, BisStream stream,
								  uint32 page);

/* Copy size bytes at offset of a stream to dest. */
extern void BisStreamRead(BisSegment *segment, BisStream stream,
						  uint64 offset, Size size, void *dest);

/*
 * The same bytes on a pinned page, if they are on one, until another is read;
 * else in room, which has size bytes.
 */
extern const uint8 *BisStreamPeek(BisSegment *segment, BisStream stream,
								  uint64 offset, Size size, void *room);

/*
 * Copy a page of a stream to dest, which has room for BIS_PAGE_ROOM bytes.
 * Returns how many there are.
 */
extern Size BisStreamReadPage(BisSegment *segment, BisStream stream,
							  uint32 page, void *dest);

/* Read the page of articles that has doc. */
extern void BisSegmentReadDocs(BisSegment *segment, uint32 doc);

/* The article doc of the segment: its tid and length. */
static inline const BisDoc *
BisSegmentDoc(BisSegment *segment, uint32 doc)
{
	if (doc - segment->first_doc >= segment->ndocs)
		BisSegmentReadDocs(segment, doc);
	return &segment->docs[doc - segment->first_doc];
}

/* Is the article marked as dead, as of when its page was first read? */
extern bool BisSegmentIsDead(BisSegment *segment, uint32 doc);

/* Articles marked as dead, read anew. */
extern uint32 BisSegmentCountDead(BisSegment *segment);

/* an entry of the dictionary */
typedef struct BisTerm
{
	uint32		ndocs;
	bool		here;			/* is the list in bytes? */
	uint64		postings_len;
	uint64		positions_len;
	uint64		postings;		/* offsets in the streams */
	uint64		positions;
	uint8		bytes[BIS_MAX_INLINE + BIS_BITS_SLACK];
} BisTerm;

/* a walk over the dictionary */
typedef struct BisTerms
{
	BisSegment *segment;
	uint32		page;			/* of BIS_TERMS, in bytes */
	BisReader	reader;
	bool		ready;			/* was the next term read already? */
	int			shared;			/* bytes that the term last read has of the one
								 * before */
	int			len;			/* and all that it has */
	char		term[BIS_MAX_TERM];
	BisTerm		entry;			/* of it */
	int			key_len;		/* bytes of the key sought last; -1 if the walk
								 * has gone on since */
	char		key[BIS_MAX_TERM];
	bool		ended;			/* all terms are less than it */
	int			bound_len;		/* bytes of a term not less than those of the
								 * next leaf; -1: there is none */
	char		bound[BIS_MAX_TERM];
	uint8		bytes[BIS_PAGE_ROOM];
} BisTerms;

/* Make terms ready for the first BisTermsSeekOn. */
static inline void
BisTermsInit(BisTerms *terms)
{
	terms->segment = NULL;
}

/*
 * Begin to walk over the terms that are not less than the len bytes at key.
 * Call BisTermsNext to come to the first.
 */
extern void BisTermsSeek(BisTerms *terms, BisSegment *segment,
						 const char *key, int len);

/*
 * The same with terms that walked before: quick if key is soon behind the last
 * one.
 */
extern void BisTermsSeekOn(BisTerms *terms, BisSegment *segment,
						   const char *key, int len);

/* Go to the next term; false at the end. */
extern bool BisTermsNext(BisTerms *terms);

/* Find one term: false if the segment does not have it. */
extern bool BisTermsFind(BisTerms *terms, BisSegment *segment,
						 const char *key, int len);
extern bool BisTermsFindOn(BisTerms *terms, BisSegment *segment,
						   const char *key, int len);

/* bits of a frequency, at most MAXNUMPOS */
#define BIS_FREQ_BITS 9

StaticAssertDecl(MAXNUMPOS < 1 << BIS_FREQ_BITS, "a frequency has more bits");

/* bits of a distance of positions */
#define BIS_POSITION_BITS 14

StaticAssertDecl(MAXENTRYPOS <= 1 << BIS_POSITION_BITS,
				 "a position has more bits");

/* the weights of a block, being read from front to back */
typedef struct BisWeights
{
	bool		begun;			/* is anything of this set? */
	uint32		next;			/* weights of positions below were read */
	uint32		first;			/* the run last read: its first position in the
								 * block, */
	uint32		end;			/* the one behind it */
	uint32		weight;			/* and weight */
	BisReader	runs;			/* those that follow */
} BisWeights;

/* a posting list being read */
typedef struct BisCursor
{
	BisSegment *segment;
	BisTerm		term;
	uint32		doc;			/* where it stands; BIS_NO_DOC at the end */
	uint32		at;				/* index in docs */
	uint32		block;			/* the block in docs */
	uint32		nblocks;
	uint32		n;				/* articles in docs */
	uint32		docs[BIS_BLOCK];
	bool		has_freqs;		/* are freqs set? */
	int			freq_width;		/* else they are packed here */
	uint8		packed_freqs[BisPackedSize(BIS_FREQ_BITS)];
	uint32		freqs[BIS_BLOCK];
	uint64		positions_start;	/* of the block, in the list's positions */
	uint64		positions_end;
	int			position_width;
	uint32		positions_at;	/* index in docs of the article whose
								 * positions */
	uint32		first_position; /* begin at this one of the block */
	bool		peeked;			/* was one article's read where it is? */
	bool		has_positions;	/* are the block's copied to positions? */
	BisBytes	positions;
	BisWeights	weights;
	uint32		first_skip;		/* skips read last */
	uint32		nskips;
	BisSkip		skips[16];
	MemoryContext context;
} BisCursor;

/* Read term's posting list, standing at its first article. */
extern void BisCursorOpen(BisCursor *cursor, BisSegment *segment,
						  const BisTerm *term);

/* Go to the first article that is not before doc, in a later block. */
extern void BisCursorLeap(BisCursor *cursor, uint32 doc);

/* Go to the first article that is not before doc. */
static inline void
BisCursorSeek(BisCursor *cursor, uint32 doc)
{
	uint32		at = cursor->at;

	if (cursor->doc >= doc)
		return;
	if (cursor->docs[cursor->n - 1] < doc)
	{
		BisCursorLeap(cursor, doc);
		return;
	}
	while (cursor->docs[at] < doc)
		at++;
	cursor->at = at;
	cursor->doc = cursor->docs[at];
}

/* Go to the next article. */
extern void BisCursorNext(BisCursor *cursor);

/* articles of a window, a bit each in an array of words */
#define BIS_WINDOW 4096
#define BIS_WINDOW_WORDS (BIS_WINDOW / 64)

/*
 * Add the list's articles from first on to the bits of a window that begins
 * there; first is at most PG_UINT32_MAX - BIS_WINDOW.  Stands behind it then.
 */
extern void BisCursorWindow(BisCursor *cursor, uint32 first, uint64 *bits);

/* Unpack the frequencies of the block. */
extern void BisCursorReadFreqs(BisCursor *cursor);

/* Positions of the article that the cursor stands at: at most MAXNUMPOS. */
static inline uint32
BisCursorFreq(BisCursor *cursor)
{
	if (!cursor->has_freqs)
		BisCursorReadFreqs(cursor);
	return cursor->freqs[cursor->at];
}

/*
 * These positions into out, which has room for them: with their weights, or
 * (BisCursorPlaces) with weight 0.
 */
extern void BisCursorPositions(BisCursor *cursor, WordEntryPos *out);
extern void BisCursorPlaces(BisCursor *cursor, WordEntryPos *out);

/* Compare as core compares lexemes. */
static inline int
BisCompareTerms(const char *a, int alen, const char *b, int blen)
{
	int			result = memcmp(a, b, Min(alen, blen));

	return result != 0 ? result : alen - blen;
}

#endif							/* BIS_SEGMENT_H */
