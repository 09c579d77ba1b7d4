/*
 * page_reuse.c
 *	  Retiring pages, and deciding which pages may be reused.
 */
#include "postgres.h"

#include "access/transam.h"

#include "index/page/page_reuse.h"

/* Is a generation in first .. last live, or being written? */
static bool
any_live_generation(const BisMeta *meta, uint64 first, uint64 last)
{
#define WITHIN(generation) ((generation) >= first && (generation) <= last)

	if (WITHIN(meta->current.generation) ||
		(meta->frozen.head != InvalidBlockNumber &&
		 WITHIN(meta->frozen.generation)))
		return true;
	for (int i = 0; i < BIS_MAX_WRITERS; i++)
	{
		if (WITHIN(meta->writing[i]))
			return true;
	}
	for (uint32 i = 0; i < meta->nsegments; i++)
	{
		if (WITHIN(meta->segments[i].generation))
			return true;
	}
	return false;
#undef WITHIN
}

bool
BisPageIsReusable(Buffer buffer, const BisMeta *meta)
{
	Page		page = BufferGetPage(buffer);
	const BisOpaque *opaque;

	if (PageIsNew(page))
		return true;
	if (((PageHeader) page)->pd_special != BLCKSZ - sizeof(BisOpaque))
		return false;
	opaque = BisPageOpaque(page);
	if (opaque->magic != BIS_MAGIC || opaque->generation == 0 ||
		opaque->block != BufferGetBlockNumber(buffer) ||
		opaque->generation >= meta->next_generation ||
		any_live_generation(meta, opaque->generation, opaque->generation))
		return false;
	for (uint32 i = 0; i < meta->nretired; i++)
	{
		if (opaque->generation >= meta->retired[i].first &&
			opaque->generation <= meta->retired[i].last)
			return false;
	}
	return true;
}

/* Combine adjacent ranges that have no live generation between them. */
static void
coalesce_retired_ranges(BisMeta *meta)
{
	uint32		kept = 0;

	for (uint32 i = 1; i < meta->nretired; i++)
	{
		BisRetired *last = &meta->retired[kept];
		BisRetired *next = &meta->retired[i];

		if (any_live_generation(meta, last->last, next->first))
		{
			meta->retired[++kept] = *next;
			continue;
		}
		last->last = next->last;
		if (FullTransactionIdPrecedes(last->xid, next->xid))
			last->xid = next->xid;
		last->npages += Min(next->npages, PG_UINT32_MAX - last->npages);
	}
	meta->nretired = kept + 1;
	memset(&meta->retired[meta->nretired], 0,
		   (BIS_MAX_RETIRED - meta->nretired) * sizeof(BisRetired));
}

void
BisRetire(BisMeta *meta, uint64 generation, uint32 npages)
{
	/* read while the metapage is locked, so it is not too low */
	FullTransactionId xid = ReadNextFullTransactionId();
	BisRetired *range;
	uint32		at;

	if (meta->nretired == BIS_MAX_RETIRED)
		coalesce_retired_ranges(meta);
	at = meta->nretired;
	while (at > 0 && meta->retired[at - 1].first > generation)
		at--;

	/* it is no longer live, so a combined range may already include it */
	if (at > 0 && meta->retired[at - 1].last >= generation)
	{
		range = &meta->retired[at - 1];
		range->npages += Min(npages, PG_UINT32_MAX - range->npages);
	}
	else
	{
		range = &meta->retired[at];
		memmove(range + 1, range,
				(meta->nretired - at) * sizeof(BisRetired));
		memset(range, 0, sizeof(BisRetired));
		range->first = range->last = generation;
		range->npages = npages;
		meta->nretired++;
	}
	range->xid = xid;
}

uint64
BisRetiredPages(const BisMeta *meta)
{
	uint64		npages = 0;

	for (uint32 i = 0; i < meta->nretired; i++)
		npages += meta->retired[i].npages;
	return npages + meta->frozen.nflushed;
}
