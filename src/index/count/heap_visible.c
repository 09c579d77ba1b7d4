/*
 * heap_visible.c
 *	  Are all heap pages of a range all-visible?
 *
 * A page of the visibility map has two bits for each heap page, low ones
 * first, of which the lower is VISIBILITYMAP_ALL_VISIBLE (the layout is that
 * of core's visibilitymap.c).  Core finds and pins the page; we read the bits
 * of 32 heap pages at once.
 */
#include "postgres.h"

#include "access/visibilitymap.h"
#include "miscadmin.h"
#include "storage/bufpage.h"

#include "index/count/heap_visible.h"

#define PAGES_PER_BYTE 4
#define PAGES_PER_WORD (PAGES_PER_BYTE * 8)
#define PAGES_PER_MAP_PAGE \
	((BLCKSZ - MAXALIGN(SizeOfPageHeaderData)) * PAGES_PER_BYTE)

/* the bits of 32 all-visible pages, whatever their other bits */
#define ALL_VISIBLE UINT64CONST(0x5555555555555555)

StaticAssertDecl(BITS_PER_HEAPBLOCK == 2 && VISIBILITYMAP_ALL_VISIBLE == 1,
				 "the visibility map has changed");

/* Are the bits of heap pages from .. to of a map page all set? */
static bool
bits_are_set(const uint8 *bits, uint32 from, uint32 to)
{
	while (from <= to)
	{
		uint64		word;

		if (from % PAGES_PER_WORD == 0 && to - from >= PAGES_PER_WORD - 1)
		{
			memcpy(&word, bits + from / PAGES_PER_BYTE, sizeof(word));
			if ((word & ALL_VISIBLE) != ALL_VISIBLE)
				return false;
			from += PAGES_PER_WORD;
			continue;
		}
		if ((bits[from / PAGES_PER_BYTE] >> (from % PAGES_PER_BYTE * 2) &
			 VISIBILITYMAP_ALL_VISIBLE) == 0)
			return false;
		from++;
	}
	return true;
}

bool
BisHeapIsVisible(Relation heap, BlockNumber first, BlockNumber last,
				 Buffer *map)
{
	while (first <= last)
	{
		uint32		from = first % PAGES_PER_MAP_PAGE;
		uint32		to = Min(from + (uint64) (last - first),
							 PAGES_PER_MAP_PAGE - 1);

		CHECK_FOR_INTERRUPTS();
		/* this pins the page of the map, if there is one */
		if (!VM_ALL_VISIBLE(heap, first, map) ||
			!bits_are_set((const uint8 *) PageGetContents(BufferGetPage(*map)),
						  from, to))
			return false;
		first += to - from + 1;
	}
	return true;
}
