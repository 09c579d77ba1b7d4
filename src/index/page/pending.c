/*
 * pending.c
 *	  The pending lists: articles that are not in a segment yet.
 *
 * A list is a chain of pages from head to tail.  A page holds items: each is
 * a BisPending and its content, MAXALIGNed.  Content too large for a page
 * is on a chain of pages of its own, which are written before the item that
 * names them.  They have the list's generation, so a backend that finds the
 * list frozen before it could add the item writes them again.  The WAL record
 * that adds the item also counts them in the metapage.
 *
 * Each append is atomic: a single WAL record, after which searches find the
 * article.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/testpoint.h"
#include "index/page/abbrev_key.h"
#include "index/page/codec.h"
#include "index/page/pending.h"

/*
 * Most pages that the large articles of one list page have together, unless
 * it is a single article.  It bounds what a flush takes, since a flush takes
 * whole pages of the list.
 */
#define MAX_LARGE_PAGES (BIS_PENDING_PAGES / 2)

/* Write the pages of large content; returns the first one's block. */
static BlockNumber
write_large(Relation index, const BisMeta *meta, const void *content,
			Size size)
{
	BisStore	store = {.index = index, .meta = meta};
	uint64		generation = meta->current.generation;
	BlockNumber next = InvalidBlockNumber;

	/* from last to first, so that each page can point to the next */
	while (size > 0)
	{
		Size		part = (size - 1) % BIS_PAGE_ROOM + 1;

		size -= part;
		next = BisWritePage(&store, BIS_LARGE_PAGE, generation, next,
							(const char *) content + size, part);
	}
	return next;
}

/* Append item to a page that has room for it. */
static void
append_item(Page page, const BisPending *item, const void *content)
{
	Size		used = BisPageUsed(page);
	uint8	   *to = BisPageContent(page) + used;
	Size		size = item->large == InvalidBlockNumber ? item->size : 0;

	memset(to, 0, MAXALIGN(sizeof(BisPending) + size));
	memcpy(to, item, sizeof(BisPending));
	memcpy(to + sizeof(BisPending), content, size);
	BisPageSetUsed(page, used + MAXALIGN(sizeof(BisPending) + size));
}

/* Pages of the item's tsvector if it is large, else 0. */
static uint32
large_pages(const BisPending *item)
{
	return item->large == InvalidBlockNumber ? 0 : BisLargePages(item->size);
}

/* Does a page of the list have room for the item? */
static bool
has_room(Page page, const BisPending *item)
{
	Size		used = BisPageUsed(page);

	if (item->large == InvalidBlockNumber)
		return BIS_PAGE_ROOM - used >=
			MAXALIGN(sizeof(BisPending) + item->size);
	return BIS_PAGE_ROOM - used >= MAXALIGN(sizeof(BisPending)) &&
		BisPendingLargePages(BisPageContent(page), used) +
		large_pages(item) <= MAX_LARGE_PAGES;
}

/*
 * Append item to the current list's last page, which has room for it.  If the
 * article is large, the caller has locked the metapage too, and its pages are
 * counted there.
 */
static void
log_append_to_tail(Relation index, Buffer meta_buffer, Buffer tail_buffer,
				   const BisPending *item, const void *content)
{
	GenericXLogState *state = GenericXLogStart(index);

	append_item(GenericXLogRegisterBuffer(state, tail_buffer, 0), item,
				content);
	if (BufferIsValid(meta_buffer))
	{
		BisMeta    *meta = (BisMeta *)
			BisPageContent(GenericXLogRegisterBuffer(state, meta_buffer, 0));

		meta->current.nlarge += large_pages(item);
	}
	GenericXLogFinish(state);
}

/*
 * Append item to the list's last page.  The metapage changes only if the
 * article is large.  Returns false if that page is closed or no longer the
 * last one, so that *list is out of date, or if the page is full (*full).
 */
static bool
append_to_tail(Relation index, const BisList *list, const BisPending *item,
			   const void *content, bool *full)
{
	BisMeta    *meta;
	Buffer		meta_buffer = InvalidBuffer;
	Buffer		buffer;
	Page		page;
	bool		closed;

	if (large_pages(item) > 0)
		meta_buffer = BisGetMeta(index, BUFFER_LOCK_EXCLUSIVE, &meta);
	buffer = BisGetBuffer(index, list->tail, BIS_PENDING_PAGE,
						  list->generation, BUFFER_LOCK_EXCLUSIVE);
	page = BufferGetPage(buffer);
	closed = BisPageOpaque(page)->closed != 0 ||
		BisPageOpaque(page)->next != InvalidBlockNumber;
	*full = !closed && !has_room(page, item);
	if (!closed && !*full)
		log_append_to_tail(index, meta_buffer, buffer, item, content);
	UnlockReleaseBuffer(buffer);
	if (BufferIsValid(meta_buffer))
		UnlockReleaseBuffer(meta_buffer);
	return !closed && !*full;
}

/*
 * Append item on a new page of the list.  Returns false, and appends nothing,
 * if the list has changed since the caller read the metapage.
 */
static bool
append_on_new_page(Relation index, const BisList *list,
				   const BisPending *item, const void *content)
{
	BisMeta    *meta;
	Buffer		meta_buffer = BisGetMeta(index, BUFFER_LOCK_EXCLUSIVE, &meta);
	Buffer		tail_buffer = InvalidBuffer;
	Buffer		buffer;
	GenericXLogState *state;
	Page		page;

	if (meta->current.generation != list->generation ||
		meta->current.tail != list->tail)
	{
		UnlockReleaseBuffer(meta_buffer);
		return false;
	}
	if (list->tail != InvalidBlockNumber)
		tail_buffer = BisGetBuffer(index, list->tail, BIS_PENDING_PAGE,
								   list->generation, BUFFER_LOCK_EXCLUSIVE);
	buffer = BisNewBuffer(index, meta);

	state = GenericXLogStart(index);
	meta = (BisMeta *)
		BisPageContent(GenericXLogRegisterBuffer(state, meta_buffer, 0));
	page = GenericXLogRegisterBuffer(state, buffer, GENERIC_XLOG_FULL_IMAGE);
	BisPageInit(page, BIS_PENDING_PAGE, list->generation,
				BufferGetBlockNumber(buffer));
	append_item(page, item, content);
	if (BufferIsValid(tail_buffer))
		BisPageOpaque(GenericXLogRegisterBuffer(state, tail_buffer, 0))->next =
			BufferGetBlockNumber(buffer);
	else
		meta->current.head = BufferGetBlockNumber(buffer);
	meta->current.tail = BufferGetBlockNumber(buffer);
	meta->current.npages++;
	meta->current.nlarge += large_pages(item);
	GenericXLogFinish(state);

	UnlockReleaseBuffer(buffer);
	if (BufferIsValid(tail_buffer))
		UnlockReleaseBuffer(tail_buffer);
	UnlockReleaseBuffer(meta_buffer);
	return true;
}

/* Is a flush due, now that item was added to the lists of meta? */
static bool
is_flush_due(const BisMeta *meta, const BisPending *item)
{
	return meta->frozen.head != InvalidBlockNumber ||
		BisListPages(&meta->current) + large_pages(item) >= BIS_PENDING_PAGES;
}

bool
BisPendingAppend(Relation index, ItemPointer tid, const void *content,
				 Size size)
{
	BisPending	item = {.tid = *tid, .size = size,
	.large = InvalidBlockNumber};
	uint64		large_generation = 0;
	BisList		closed = {.tail = InvalidBlockNumber};

	for (;;)
	{
		BisMeta		meta;
		BisList    *list = &meta.current;
		bool		full = true;

		CHECK_FOR_INTERRUPTS();
		BisReadMeta(index, &meta);
		if (item.size > BIS_MAX_ITEM_CONTENT &&
			large_generation != list->generation)
		{
			item.large = write_large(index, &meta, content, size);
			large_generation = list->generation;
		}
		BiTestPointWait(BI_TEST_APPEND);
		if (list->tail != InvalidBlockNumber &&
			append_to_tail(index, list, &item, content, &full))
			return large_pages(&item) > 0 && is_flush_due(&meta, &item);
		if (full && append_on_new_page(index, list, &item, content))
			return is_flush_due(&meta, &item);

		/*
		 * Whoever closes the last page holds the metapage's lock until the
		 * metapage has changed too, so the same list cannot be seen twice.
		 */
		if (!full && list->tail == closed.tail &&
			list->generation == closed.generation)
			BisCorrupted("last page of a pending list");
		closed = *list;
		if (full)
			closed.tail = InvalidBlockNumber;
	}
}

static int
compare_lexemes(TSVector vector, const WordEntry *a, const WordEntry *b)
{
	return BisCompareTerms(STRPTR(vector) + a->pos, a->len,
						   STRPTR(vector) + b->pos, b->len);
}

void
BisVectorCheck(TSVector vector, Size size)
{
	const WordEntry *entries = ARRPTR(vector);
	const char *end_of_all;
	uint64		last_key = 0;
	Size		room;

	if (size < DATAHDRSIZE || !VARATT_IS_4B_U(vector) ||
		VARSIZE(vector) != size ||
		vector->size < 0 ||
		(Size) vector->size > (size - DATAHDRSIZE) / sizeof(WordEntry))
		BisCorrupted("tsvector in a pending list");
	end_of_all = (const char *) vector + size;
	room = size - DATAHDRSIZE - vector->size * sizeof(WordEntry);
	for (int i = 0; i < vector->size; i++)
	{
		const WordEntry *entry = &entries[i];
		Size		end = entry->pos + entry->len;
		const WordEntryPosVector *positions;
		uint64		key;

		if (end > room)
			BisCorrupted("lexeme in a pending list");
		key = BisAbbrevKey(STRPTR(vector) + entry->pos, entry->len,
						   end_of_all);
		if (i > 0 && (key < last_key ||
					  (key == last_key &&
					   compare_lexemes(vector, entry - 1, entry) >= 0)))
			BisCorrupted("lexeme in a pending list");
		last_key = key;
		if (!entry->haspos)
			continue;
		end = SHORTALIGN(end);
		if (end + sizeof(uint16) > room)
			BisCorrupted("positions in a pending list");
		positions = _POSVECPTR(vector, entry);
		if (positions->npos == 0 || positions->npos > MAXNUMPOS ||
			positions->npos > (room - end - sizeof(uint16)) /
			sizeof(WordEntryPos))
			BisCorrupted("positions in a pending list");
		for (int k = 1; k < positions->npos; k++)
		{
			if (WEP_GETPOS(positions->pos[k]) <=
				WEP_GETPOS(positions->pos[k - 1]))
				BisCorrupted("positions in a pending list");
		}
	}
}

/* Copy large content to dest, which has room for size bytes. */
static void
read_large(Relation index, uint64 generation, BlockNumber block, Size size,
		   char *dest)
{
	while (size > 0)
	{
		Buffer		buffer;
		Page		page;
		Size		used;

		CHECK_FOR_INTERRUPTS();
		buffer = BisGetBuffer(index, block, BIS_LARGE_PAGE, generation,
							  BUFFER_LOCK_SHARE);
		page = BufferGetPage(buffer);
		used = BisPageUsed(page);
		if (used == 0 || used > size)
			BisCorrupted("page of a large article");
		memcpy(dest, BisPageContent(page), used);
		block = BisPageOpaque(page)->next;
		UnlockReleaseBuffer(buffer);
		dest += used;
		size -= used;
	}
}

BisPending *
BisPendingItemAt(uint8 *content, Size used, Size offset, Size *next)
{
	BisPending *item = (BisPending *) (content + offset);
	Size		size;

	if (used - offset < sizeof(BisPending))
		BisCorrupted("item of a pending list");
	if (item->size < DATAHDRSIZE || item->size > MaxAllocSize)
		BisCorrupted("item of a pending list");
	size = item->large == InvalidBlockNumber ? item->size : 0;
	if (used - offset < MAXALIGN(sizeof(BisPending) + size))
		BisCorrupted("item of a pending list");
	*next = offset + MAXALIGN(sizeof(BisPending) + size);
	return item;
}

uint64
BisPendingLargePages(uint8 *content, Size used)
{
	uint64		npages = 0;
	Size		next;

	for (Size offset = 0; offset < used; offset = next)
		npages += large_pages(BisPendingItemAt(content, used, offset, &next));
	return npages;
}

/* Visit the live items of a page; page is a copy of its content. */
static void
visit_items(Relation index, const BisList *list, uint8 *page, Size used,
			BisPendingVisit visit, void *arg)
{
	Size		next;

	for (Size offset = 0; offset < used; offset = next)
	{
		BisPending *item = BisPendingItemAt(page, used, offset, &next);
		void	   *content = item + 1;

		CHECK_FOR_INTERRUPTS();
		if (item->dead)
			continue;
		if (item->large != InvalidBlockNumber)
		{
			content = palloc(item->size);
			read_large(index, list->generation, item->large, item->size,
					   content);
		}
		visit(arg, &item->tid, content, item->size);
		if (item->large != InvalidBlockNumber)
			pfree(content);
	}
}

/* an iteration over the pages of a list */
typedef struct Walk
{
	BlockNumber block;			/* the next page */
	BlockNumber visited;
	bool		saw_tail;		/* was the tail of *list among them? */
} Walk;

/*
 * Count the next page as visited.  Returns false at the end.  Raises if the
 * chain ends before the list's tail or does not end at all.
 */
static bool
count_next_page(Relation index, const BisList *list, Walk *walk)
{
	if (walk->block == InvalidBlockNumber)
	{
		if (walk->visited > 0 && !walk->saw_tail)
			BisCorrupted("pending list without its end");
		return false;
	}
	walk->saw_tail |= walk->block == list->tail;
	if (++walk->visited > list->npages &&
		walk->visited > RelationGetNumberOfBlocks(index))
		BisCorrupted("pending list without end");
	return true;
}

/* Copy the items of a page of the list; returns the next page. */
static BlockNumber
copy_items(Relation index, Snapshot snapshot, const BisList *list,
		   BlockNumber block, uint8 *content, Size *used)
{
	Buffer		buffer = BisGetBuffer(index, block, BIS_PENDING_PAGE,
									  list->generation, BUFFER_LOCK_SHARE);
	Page		page = BufferGetPage(buffer);

	BiTestForOldSnapshot(snapshot, index, page);
	*used = BisPageUsed(page);
	memcpy(content, BisPageContent(page), *used);
	block = BisPageOpaque(page)->next;
	UnlockReleaseBuffer(buffer);
	return block;
}

void
BisPendingScan(Relation index, Snapshot snapshot, const BisList *list,
			   BisPendingVisit visit, void *arg)
{
	Walk		walk = {.block = list->head};
	uint8	   *content = palloc(BLCKSZ);
	Size		used;

	while (count_next_page(index, list, &walk))
	{
		walk.block = copy_items(index, snapshot, list, walk.block, content,
								&used);
		visit_items(index, list, content, used, visit, arg);
	}
	pfree(content);
}

void
BisPendingTake(Relation index, BisList *list, BisPendingVisit visit,
			   void *arg)
{
	uint8	   *content = palloc(BLCKSZ);
	Size		used;
	BlockNumber next = copy_items(index, NULL, list, list->head, content,
								  &used);
	uint64		nlarge = BisPendingLargePages(content, used);

	if (nlarge > list->nlarge ||
		(list->npages == 1) != (next == InvalidBlockNumber))
		BisCorrupted("pending list does not have the length that the metapage says");
	visit_items(index, list, content, used, visit, arg);
	list->head = next;
	list->npages--;
	list->nlarge -= nlarge;
	pfree(content);
}

/* Mark dead the items of one page; returns the next page. */
static BlockNumber
mark_pending_page(Relation index, const BisList *list, BlockNumber block,
				  IndexBulkDeleteCallback callback, void *arg,
				  IndexBulkDeleteResult *stats)
{
	Buffer		buffer = BisGetBuffer(index, block, BIS_PENDING_PAGE,
									  list->generation,
									  BUFFER_LOCK_EXCLUSIVE);
	GenericXLogState *state = GenericXLogStart(index);
	Page		page = GenericXLogRegisterBuffer(state, buffer, 0);
	BlockNumber next_block = BisPageOpaque(page)->next;
	bool		changed = false;
	Size		next;

	for (Size offset = 0; offset < BisPageUsed(page); offset = next)
	{
		BisPending *item = BisPendingItemAt(BisPageContent(page),
											BisPageUsed(page), offset, &next);

		if (item->dead)
			continue;
		if (callback(&item->tid, arg))
		{
			item->dead = 1;
			changed = true;
			stats->tuples_removed += 1;
		}
		else
			stats->num_index_tuples += 1;
	}
	if (changed)
		GenericXLogFinish(state);
	else
		GenericXLogAbort(state);
	UnlockReleaseBuffer(buffer);
	return next_block;
}

void
BisPendingVacuum(Relation index, const BisList *list,
				 IndexBulkDeleteCallback callback, void *arg,
				 IndexBulkDeleteResult *stats)
{
	Walk		walk = {.block = list->head};

	while (count_next_page(index, list, &walk))
	{
		BiVacuumDelay();
		walk.block = mark_pending_page(index, list, walk.block, callback, arg,
									   stats);
	}
}
