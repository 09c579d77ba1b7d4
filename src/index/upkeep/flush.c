/*
 * flush.c
 *	  From pending articles to segments.
 *
 * The current list is frozen, and inserts begin a new one.  A frozen list
 * becomes segments piece by piece, so that a flush takes little time and
 * memory however long the list has become.  Each piece is published by one
 * record, which takes its pages off the list; they have the list's generation
 * and are retired with it.  A crash, an error or a cancelled statement leaves
 * what was published, and the rest of the list.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "utils/memutils.h"

#include "base/testpoint.h"
#include "index/build/accumulate.h"
#include "index/page/pending.h"
#include "index/upkeep/flush.h"
#include "index/upkeep/publish.h"

/* what is left of a list is no piece of its own if it is at most 1/N of one */
#define REST_SHARE 8

/*
 * Freeze the current list, if it has articles, its generation is not above
 * last, and no list is frozen.  Makes *copy a copy of the metapage.
 */
static void
freeze(Relation index, uint64 last, BisMeta *copy)
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

static void
accumulate(void *arg, ItemPointer tid, TSVector vector, Size size)
{
	BisVectorCheck(vector, size);
	BisAccumulatorAdd(arg, tid, vector);
}

/*
 * Make a segment of npages at the head of the frozen list; or of all of it, if
 * that is little more: the page that made it too long, say.
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
	BisAccumulator *accumulator = BisAccumulatorBegin();
	uint64		all = BisListPages(&list);
	uint64		rest;
	BisSegmentEntry entry;
	bool		any;

	do
	{
		BisPendingTake(index, &list, accumulate, accumulator);
		rest = BisListPages(&list);
	} while (list.npages > 0 &&
			 (all - rest < npages || rest <= npages / REST_SHARE) &&
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

	freeze(index, last, &meta);
	BiTestPointWait(BI_TEST_FROZEN);
	if (meta.frozen.head == InvalidBlockNumber ||
		meta.frozen.generation > last ||
		meta.nsegments == BIS_MAX_SEGMENTS)
		return false;
	write_piece(index, meta.frozen, npages, memory);
	return true;
}
