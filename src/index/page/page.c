/*
 * page.c
 *	  Initialising, checking, writing and reading pages.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "access/xloginsert.h"
#include "miscadmin.h"
#include "storage/freespace.h"
#include "storage/indexfsm.h"
#include "storage/lmgr.h"
#include "storage/smgr.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/testpoint.h"
#include "index/page/codec.h"
#include "index/page/page.h"
#include "index/page/page_reuse.h"

/* an index of at least LARGE_FILE pages grows by EXTEND_BY pages at once */
#define EXTEND_BY	16
#define LARGE_FILE	(8 * EXTEND_BY)

/* pages offered by the free space map that are tried before extending */
#define MAX_ATTEMPTS	64

void
BisPageInit(Page page, BisKind kind, uint64 generation, BlockNumber block)
{
	BisOpaque  *opaque;

	PageInit(page, BLCKSZ, sizeof(BisOpaque));
	opaque = BisPageOpaque(page);
	opaque->generation = generation;
	opaque->next = InvalidBlockNumber;
	opaque->kind = kind;
	opaque->block = block;
	opaque->magic = BIS_MAGIC;
}

void
BisPageSetUsed(Page page, Size used)
{
	Assert(used <= BIS_PAGE_ROOM);
	((PageHeader) page)->pd_lower = MAXALIGN(SizeOfPageHeaderData) + used;
}

/* Is page this block, of this kind and generation, with sound bounds? */
static bool
page_is_sound(Page page, BlockNumber block, BisKind kind, uint64 generation)
{
	PageHeader	header = (PageHeader) page;
	BisOpaque  *opaque;

	if (PageIsNew(page) ||
		PageGetPageSize(page) != BLCKSZ ||
		header->pd_special != BLCKSZ - sizeof(BisOpaque) ||
		header->pd_upper != header->pd_special ||
		header->pd_lower < MAXALIGN(SizeOfPageHeaderData) ||
		header->pd_lower > header->pd_special)
		return false;
	opaque = BisPageOpaque(page);
	return opaque->magic == BIS_MAGIC && opaque->kind == kind &&
		opaque->block == block && opaque->generation == generation;
}

void
BisPageCheck(Relation index, BlockNumber block, Page page, BisKind kind,
			 uint64 generation)
{
	if (page_is_sound(page, block, kind, generation))
		return;
	if (index == NULL)
		BisCorrupted("unexpected page in a temporary file");
	ereport(ERROR,
			(errcode(ERRCODE_INDEX_CORRUPTED),
			 errmsg("index \"%s\" has an unexpected page at block %u",
					RelationGetRelationName(index), block),
			 errhint("Please REINDEX it.")));
}

/* Does the index have no such block?  Core's error would not say REINDEX. */
static bool
is_past_end(Relation index, BlockNumber block)
{
	BlockNumber known =
		RelationGetSmgr(index)->smgr_cached_nblocks[MAIN_FORKNUM];

	return (known == InvalidBlockNumber || block >= known) &&
		block >= RelationGetNumberOfBlocks(index);
}

BlockNumber
BisSettledLength(Relation index)
{
	bool		needs_lock = !RELATION_IS_LOCAL(index);
	BlockNumber length;

	if (needs_lock)
		LockRelationForExtension(index, ShareLock);
	length = RelationGetNumberOfBlocks(index);
	if (needs_lock)
		UnlockRelationForExtension(index, ShareLock);
	return length;
}

/* Lock a page if nobody else has and it is reusable according to *meta. */
static bool
lock_if_reusable(Buffer buffer, const BisMeta *meta)
{
	if (!ConditionalLockBuffer(buffer))
		return false;
	if (BisPageIsReusable(buffer, meta))
		return true;
	LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
	return false;
}

/*
 * Claim a page that the free space map offers; or return InvalidBuffer.  If
 * *meta may be out of date (stale), as a long merge's copy is, a page that is
 * not reusable according to it may be reusable by now.  The map no longer has
 * that page, so passing it over would lose it until the next sweep of the
 * file.
 */
static Buffer
claim_reusable_page(Relation index, const BisMeta *meta, bool stale)
{
	for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++)
	{
		BlockNumber block = GetFreeIndexPage(index);
		Buffer		buffer;
		BisMeta		now;

		if (block == InvalidBlockNumber)
			break;
		/* the map may be ahead of the file, for instance after a crash */
		if (block == BIS_METAPAGE || is_past_end(index, block))
			continue;
		CHECK_FOR_INTERRUPTS();
		buffer = ReadBuffer(index, block);
		if (lock_if_reusable(buffer, meta))
			return buffer;
		if (stale)
		{
			BisReadMeta(index, &now);
			if (lock_if_reusable(buffer, &now))
				return buffer;
		}
		ReleaseBuffer(buffer);
	}
	return InvalidBuffer;
}

/*
 * Lock a page that this backend just added, or return InvalidBuffer if
 * another backend has claimed it already: a free space map from before a
 * crash may have offered it even before it was added.  Never waits.
 */
static Buffer
lock_new_page(Buffer buffer)
{
	if (ConditionalLockBuffer(buffer))
	{
		if (PageIsNew(BufferGetPage(buffer)))
			return buffer;
		LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
	}
	ReleaseBuffer(buffer);
	return InvalidBuffer;
}

/*
 * Add a page to the end of the file; many allows several if the file is
 * large, and the others are recorded in the free space map.  Returns the
 * first one, locked, or InvalidBuffer if another backend has claimed it.
 */
static Buffer
extend_index(Relation index, bool many)
{
	bool		needs_lock = !RELATION_IS_LOCAL(index);
	BlockNumber first;
	BlockNumber end;
	Buffer		buffer;

	/* VACUUM must not see the page before it is locked: BisSettledLength */
	if (needs_lock)
		LockRelationForExtension(index, ExclusiveLock);
	buffer = ReadBuffer(index, P_NEW);
	first = BufferGetBlockNumber(buffer);
	BiTestPointWait(BI_TEST_EXTENDED);
	buffer = lock_new_page(buffer);
	end = first + 1;
	if (many && needs_lock && first >= LARGE_FILE)
	{
		/* all zeros, so these are reusable */
		for (; end < first + EXTEND_BY; end++)
			ReleaseBuffer(ReadBuffer(index, P_NEW));
	}
	if (needs_lock)
		UnlockRelationForExtension(index, ExclusiveLock);

	if (end - first > 1)
	{
		for (BlockNumber block = first + 1; block < end; block++)
			RecordFreeIndexPage(index, block);
		FreeSpaceMapVacuumRange(index, first + 1, end);
	}
	return buffer;
}

/*
 * As BisNewBuffer.  If stale, *meta is an earlier copy of the metapage, and
 * the caller holds no lock on a page.
 */
static Buffer
reuse_or_extend(Relation index, const BisMeta *meta, bool stale)
{
	Buffer		buffer = InvalidBuffer;

	while (!BufferIsValid(buffer))
	{
		CHECK_FOR_INTERRUPTS();
		if (meta != NULL)
			buffer = claim_reusable_page(index, meta, stale);
		if (!BufferIsValid(buffer))
			buffer = extend_index(index, meta != NULL);
	}
	return buffer;
}

Buffer
BisNewBuffer(Relation index, const BisMeta *meta)
{
	return reuse_or_extend(index, meta, false);
}

Buffer
BisGetBuffer(Relation index, BlockNumber block, BisKind kind,
			 uint64 generation, int mode)
{
	Buffer		buffer;

	if (is_past_end(index, block))
		BisCorrupted("block number past the end");
	buffer = ReadBuffer(index, block);
	LockBuffer(buffer, mode);
	BisPageCheck(index, block, BufferGetPage(buffer), kind, generation);
	return buffer;
}

/* Append a page to the temporary file. */
static BlockNumber
write_to_file(BisStore *store, BisKind kind, uint64 generation,
			  const void *content, Size used)
{
	PGAlignedBlock page;

	BisPageInit((Page) page.data, kind, generation, store->nfile);
	memcpy(BisPageContent((Page) page.data), content, used);
	BisPageSetUsed((Page) page.data, used);
	if (BufFileSeekBlock(store->file, store->nfile) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in a temporary file: %m")));
	BufFileWrite(store->file, page.data, BLCKSZ);
	return store->nfile++;
}

BlockNumber
BisWritePage(BisStore *store, BisKind kind, uint64 generation,
			 BlockNumber next, const void *content, Size used)
{
	Buffer		buffer;
	BlockNumber block;
	Page		page;

	CHECK_FOR_INTERRUPTS();
	if (store->index == NULL)
		return write_to_file(store, kind, generation, content, used);

	buffer = reuse_or_extend(store->index, store->meta, true);
	block = BufferGetBlockNumber(buffer);
	page = BufferGetPage(buffer);

	START_CRIT_SECTION();
	BisPageInit(page, kind, generation, block);
	BisPageOpaque(page)->next = next;
	memcpy(BisPageContent(page), content, used);
	BisPageSetUsed(page, used);
	MarkBufferDirty(buffer);
	if (!store->building && RelationNeedsWAL(store->index))
		log_newpage_buffer(buffer, true);
	END_CRIT_SECTION();

	UnlockReleaseBuffer(buffer);
	return block;
}

/* Copy from the content of a page that was checked. */
static void
copy_page_content(Page page, Size offset, Size size, void *dest)
{
	if (offset > BisPageUsed(page) || size > BisPageUsed(page) - offset)
		BisCorrupted("page is shorter than it should be");
	memcpy(dest, BisPageContent(page) + offset, size);
}

static void
read_from_file(const BisStore *store, BlockNumber block, Page page)
{
	if (BufFileSeekBlock(store->file, block) != 0 ||
		BufFileRead(store->file, page, BLCKSZ) != BLCKSZ)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from a temporary file")));
}

void
BisReadPage(const BisStore *store, BlockNumber block, BisKind kind,
			uint64 generation, Size offset, Size size, void *dest)
{
	Buffer		buffer;

	if (store->index == NULL)
	{
		PGAlignedBlock page;

		read_from_file(store, block, (Page) page.data);
		BisPageCheck(NULL, block, (Page) page.data, kind, generation);
		copy_page_content((Page) page.data, offset, size, dest);
		return;
	}
	buffer = BisGetBuffer(store->index, block, kind, generation,
						  BUFFER_LOCK_SHARE);
	BiTestForOldSnapshot(store->snapshot, store->index,
						 BufferGetPage(buffer));
	copy_page_content(BufferGetPage(buffer), offset, size, dest);
	UnlockReleaseBuffer(buffer);
}

Size
BisReadWholePage(const BisStore *store, BlockNumber block, BisKind kind,
				 uint64 generation, void *dest)
{
	Buffer		buffer;
	Size		used;

	if (store->index == NULL)
	{
		PGAlignedBlock page;

		read_from_file(store, block, (Page) page.data);
		BisPageCheck(NULL, block, (Page) page.data, kind, generation);
		used = BisPageUsed((Page) page.data);
		copy_page_content((Page) page.data, 0, used, dest);
		return used;
	}
	buffer = BisGetBuffer(store->index, block, kind, generation,
						  BUFFER_LOCK_SHARE);
	BiTestForOldSnapshot(store->snapshot, store->index,
						 BufferGetPage(buffer));
	used = BisPageUsed(BufferGetPage(buffer));
	copy_page_content(BufferGetPage(buffer), 0, used, dest);
	UnlockReleaseBuffer(buffer);
	return used;
}

/* Is what the metapage says of a pending list sound? */
static bool
list_is_sound(const BisMeta *meta, const BisList *list)
{
	if (list->generation >= meta->next_generation)
		return false;
	if (list->head == InvalidBlockNumber)
		return list->tail == InvalidBlockNumber && list->npages == 0 &&
			list->nlarge == 0 && list->nflushed == 0;
	return list->tail != InvalidBlockNumber && list->npages > 0 &&
		list->generation > 0;
}

/* Are n bytes, a multiple of 8, all 0? */
static bool
all_zero(const void *bytes, Size n)
{
	const uint64 *words = bytes;
	uint64		all = 0;

	for (Size i = 0; i < n / sizeof(uint64); i++)
		all |= words[i];
	return all == 0;
}

/* Are the retired ranges ascending, and their generations assigned ones? */
static bool
retired_is_sound(const BisMeta *meta)
{
	uint64		last = 0;

	if (meta->nretired > BIS_MAX_RETIRED ||
		!all_zero(&meta->retired[meta->nretired],
				  (BIS_MAX_RETIRED - meta->nretired) * sizeof(BisRetired)))
		return false;
	for (uint32 i = 0; i < meta->nretired; i++)
	{
		const BisRetired *range = &meta->retired[i];

		if (range->first <= last || range->last < range->first ||
			range->last >= meta->next_generation)
			return false;
		last = range->last;
	}
	return true;
}

/* Is what the metapage says of segments and lists consistent? */
static bool
meta_is_sound(const BisMeta *meta)
{
	if (meta->nsegments > BIS_MAX_SEGMENTS ||
		!retired_is_sound(meta) ||
		!list_is_sound(meta, &meta->current) ||
		!list_is_sound(meta, &meta->frozen) ||
		!all_zero(&meta->segments[meta->nsegments],
				  (BIS_MAX_SEGMENTS - meta->nsegments) *
				  sizeof(BisSegmentEntry)))
		return false;
	for (int i = 0; i < BIS_MAX_WRITERS; i++)
	{
		if (meta->writing[i] >= meta->next_generation)
			return false;
	}
	for (uint32 i = 0; i < meta->nsegments; i++)
	{
		const BisSegmentEntry *entry = &meta->segments[i];

		if (entry->generation == 0 || entry->ndocs == 0 ||
			entry->generation >= meta->next_generation)
			return false;
	}
	return true;
}

/* Raise if the metapage's content is not sound. */
static void
check_metapage(Relation index, Page page)
{
	const BisMeta *meta = (const BisMeta *) BisPageContent(page);

	if (meta->version != BIS_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("index \"%s\" has format version %u, not %u",
						RelationGetRelationName(index), meta->version,
						BIS_VERSION),
				 errhint("Please REINDEX it.")));
	if (!meta_is_sound(meta) || BisPageUsed(page) != BisMetaUsed(meta))
		ereport(ERROR,
				(errcode(ERRCODE_INDEX_CORRUPTED),
				 errmsg("index \"%s\" has a damaged metapage",
						RelationGetRelationName(index)),
				 errhint("Please REINDEX it.")));
}

Buffer
BisGetMeta(Relation index, int mode, BisMeta **meta)
{
	Buffer		buffer = BisGetBuffer(index, BIS_METAPAGE, BIS_META_PAGE, 0,
									  mode);

	check_metapage(index, BufferGetPage(buffer));
	*meta = (BisMeta *) BisPageContent(BufferGetPage(buffer));
	return buffer;
}

void
BisReadMeta(Relation index, BisMeta *meta)
{
	BisReadMetaFor(index, NULL, meta);
}

void
BisReadMetaFor(Relation index, Snapshot snapshot, BisMeta *meta)
{
	BisMeta    *shared;
	Buffer		buffer = BisGetMeta(index, BUFFER_LOCK_SHARE, &shared);

	BiTestForOldSnapshot(snapshot, index, BufferGetPage(buffer));
	memcpy(meta, shared, sizeof(BisMeta));
	UnlockReleaseBuffer(buffer);
}

void
BisInitMeta(Page page)
{
	BisMeta    *meta;

	BisPageInit(page, BIS_META_PAGE, 0, BIS_METAPAGE);
	meta = (BisMeta *) BisPageContent(page);
	memset(meta, 0, sizeof(BisMeta));
	meta->version = BIS_VERSION;
	meta->next_generation = 2;
	meta->current.generation = 1;
	meta->current.head = meta->current.tail = InvalidBlockNumber;
	meta->frozen.head = meta->frozen.tail = InvalidBlockNumber;
	BisPageSetUsed(page, BisMetaUsed(meta));
}

uint64
BisNewGeneration(Relation index, int writer, BisMeta *meta)
{
	BisMeta    *shared;
	Buffer		buffer = BisGetMeta(index, BUFFER_LOCK_EXCLUSIVE, &shared);
	GenericXLogState *state = GenericXLogStart(index);

	shared = (BisMeta *)
		BisPageContent(GenericXLogRegisterBuffer(state, buffer, 0));
	shared->writing[writer] = shared->next_generation++;
	/* merges nested in an earlier one that failed left these behind */
	if (writer != BIS_FLUSH_WRITER)
		memset(&shared->writing[writer + 1], 0,
			   (BIS_MAX_WRITERS - writer - 1) * sizeof(uint64));
	memcpy(meta, shared, sizeof(BisMeta));
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
	return meta->writing[writer];
}
