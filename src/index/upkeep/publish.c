/*
 * publish.c
 *	  Publishing a new segment in the metapage.
 *
 * The segment's pages have been written and logged before.  A single WAL
 * record, of the metapage, then replaces what the segment was made from by
 * the segment, and retires the former.
 */
#include "postgres.h"

#include "access/generic_xlog.h"

#include "base/testpoint.h"
#include "index/page/page_reuse.h"
#include "index/segment/reader.h"
#include "index/upkeep/publish.h"

/* Replace n entries of the metapage's segments by entry (NULL: by none). */
static void
replace_entries(BisMeta *meta, uint32 first, int n,
				const BisSegmentEntry *entry)
{
	int			nadded = entry != NULL ? 1 : 0;

	Assert(meta->nsegments + nadded - n <= BIS_MAX_SEGMENTS);
	memmove(&meta->segments[first + nadded], &meta->segments[first + n],
			(meta->nsegments - first - n) * sizeof(BisSegmentEntry));
	if (entry != NULL)
		meta->segments[first] = *entry;
	meta->nsegments += nadded - n;
	memset(&meta->segments[meta->nsegments], 0,
		   (BIS_MAX_SEGMENTS - meta->nsegments) * sizeof(BisSegmentEntry));
}

/* Lock the metapage as *buffer, and begin a WAL record that changes it. */
static Page
begin_metapage_change(Relation index, Buffer *buffer,
					  GenericXLogState **state)
{
	BisMeta    *meta;

	BiTestPointWait(BI_TEST_WRITTEN);
	*buffer = BisGetMeta(index, BUFFER_LOCK_EXCLUSIVE, &meta);
	*state = GenericXLogStart(index);
	return GenericXLogRegisterBuffer(*state, *buffer, 0);
}

/* Log the change, and unlock the metapage. */
static void
end_metapage_change(Page page, Buffer buffer, GenericXLogState *state)
{
	BisPageSetUsed(page, BisMetaUsed((BisMeta *) BisPageContent(page)));
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
	BiTestPointWait(BI_TEST_PUBLISHED);
}

/* The segment's index among those of the metapage. */
static uint32
find_segment(const BisMeta *meta, uint64 generation)
{
	uint32		at = 0;

	while (at < meta->nsegments &&
		   meta->segments[at].generation != generation)
		at++;
	if (at == meta->nsegments)
		BisCorrupted("segment that was being merged is not listed");
	return at;
}

void
BisPublishMerge(Relation index, int writer, const BisSegmentEntry *replaced,
				int n, const BisSegmentEntry *entry)
{
	BisStore	store = {.index = index};
	uint32		npages[BIS_MAX_SEGMENTS];
	GenericXLogState *state;
	Buffer		buffer;
	Page		page;
	BisMeta    *meta;

	for (int i = 0; i < n; i++)
		npages[i] = BisSegmentPages(&store, &replaced[i]);
	page = begin_metapage_change(index, &buffer, &state);
	meta = (BisMeta *) BisPageContent(page);
	replace_entries(meta, find_segment(meta, replaced[0].generation), n,
					entry);
	meta->writing[writer] = 0;
	for (int i = 0; i < n; i++)
		BisRetire(meta, replaced[i].generation, npages[i]);
	end_metapage_change(page, buffer, state);
}

void
BisPublishFlush(Relation index, const BisList *rest,
				const BisSegmentEntry *entry)
{
	GenericXLogState *state;
	Buffer		buffer;
	Page		page = begin_metapage_change(index, &buffer, &state);
	BisMeta    *meta = (BisMeta *) BisPageContent(page);
	BisList    *list = &meta->frozen;
	uint64		npages = list->nflushed + BisListPages(list) -
		BisListPages(rest);

	replace_entries(meta, meta->nsegments, 0, entry);
	meta->writing[BIS_FLUSH_WRITER] = 0;
	if (rest->npages > 0)
	{
		*list = *rest;
		list->nflushed = Min(npages, PG_UINT32_MAX);
	}
	else
	{
		uint64		generation = list->generation;

		memset(list, 0, sizeof(BisList));
		list->head = list->tail = InvalidBlockNumber;
		BisRetire(meta, generation, Min(npages, PG_UINT32_MAX));
	}
	end_metapage_change(page, buffer, state);
}
