/*
 * flush.c
 *	  Turning pending articles into segments.
 *
 * A flush freezes the current list, and inserts begin a new one.  The frozen
 * list is turned into segments piece by piece, so that a flush takes little
 * time and memory however long the list has become.  Each piece is published
 * by one WAL record, which also removes its pages from the list; since they
 * have the list's generation, they are retired together with it.  A crash, an
 * error or a cancelled statement leaves the pieces that were published and
 * the rest of the list.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "utils/memutils.h"

#include "base/testpoint.h"
#include "index/build/accumulate.h"
#include "index/column/article.h"
#include "index/page/pending.h"
#include "index/upkeep/flush.h"
#include "index/upkeep/publish.h"

/* a rest of at most 1/N of a piece is not worth a piece of its own */
#define REST_FRACTION 8

/*
 * Freeze the current list, provided that it has articles, its generation is
 * at most last, and no list is frozen already.  *copy becomes a copy of the
 * metapage in any case.
 */
static void
freeze_current_list(Relation index, uint64 last, BisMeta *copy)
{
	BisMeta    *meta;
	Buffer		buffer = BisGetMeta(index, BUFFER_LOCK_EXCLUSIVE, &meta);

	if (meta->frozen.head == InvalidBlockNumber &&
		meta->current.head != InvalidBlockNumber &&
		meta->current.generation <= last)
	{
		Buffer		tail = BisGetBuffer(index, meta->current.tail,
										BIS_PENDING_PAGE,
										meta->current.generation,
										BUFFER_LOCK_EXCLUSIVE);
		GenericXLogState *state = GenericXLogStart(index);

		meta = (BisMeta *)
			BisPageContent(GenericXLogRegisterBuffer(state, buffer, 0));
		BisPageOpaque(GenericXLogRegisterBuffer(state, tail, 0))->closed = 1;
		meta->frozen = meta->current;
		memset(&meta->current, 0, sizeof(BisList));
		meta->current.generation = meta->next_generation++;
		meta->current.head = meta->current.tail = InvalidBlockNumber;
		GenericXLogFinish(state);
		UnlockReleaseBuffer(tail);
	}
	memcpy(copy, BisPageContent(BufferGetPage(buffer)), sizeof(BisMeta));
	UnlockReleaseBuffer(buffer);
}

/* what pending articles are gathered in */
typedef struct Gathering
{
	BisColumnTypes *types;
	BisAccumulator *accumulator;
} Gathering;

static void
accumulate_pending(void *arg, ItemPointer tid, void *content, Size size)
{
	Gathering  *gathering = arg;
	BisArticle	article;

	BisArticleSplit(gathering->types, content, size, &article);
	BisVectorCheck(article.vector, article.size);
	BisAccumulatorAdd(gathering->accumulator, tid, article.vector,
					  article.values);
}

/*
 * Turn npages at the head of the frozen list into a segment; or all of it, if
 * only a small rest would be left, such as the page that made a flush due.
 * Takes less if the accumulator reaches memory before.
 */
static void
write_piece(Relation index, BisList list, uint64 npages, Size memory)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "bisearch flush",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	BisMeta		copy;
	BisStore	store = {.index = index, .meta = &copy};
	Gathering	gathering = {.types = BisColumnTypesOf(index)};
	BisAccumulator *accumulator = BisAccumulatorBegin(gathering.types);
	uint64		all = BisListPages(&list);
	uint64		rest;
	BisSegmentEntry entry;
	bool		any;

	gathering.accumulator = accumulator;
	do
	{
		BisPendingTake(index, &list, accumulate_pending, &gathering);
		rest = BisListPages(&list);
	} while (list.npages > 0 &&
			 (all - rest < npages || rest <= npages / REST_FRACTION) &&
			 BisAccumulatorMemory(accumulator) < memory);
	any = BisAccumulatorDocs(accumulator) > 0;
	if (any)
	{
		uint64		generation = BisNewGeneration(index, BIS_FLUSH_WRITER,
												  &copy);

		BisAccumulatorWrite(accumulator, &store, generation, &entry);
	}
	BisPublishFlush(index, &list, any ? &entry : NULL);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

bool
BisFlushPiece(Relation index, uint64 last, uint64 npages, Size memory)
{
	BisMeta		meta;

	freeze_current_list(index, last, &meta);
	BiTestPointWait(BI_TEST_FROZEN);
	if (meta.frozen.head == InvalidBlockNumber ||
		meta.frozen.generation > last ||
		meta.nsegments == BIS_MAX_SEGMENTS)
		return false;
	write_piece(index, meta.frozen, npages, memory);
	return true;
}
