/*
 * check_pending.c
 *	  Checking a pending list.
 *
 * Inserts go on meanwhile.  Checked are the pages that our copy of the
 * metapage names, and on the last of them also what was appended since.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "index/check/check.h"
#include "index/column/article.h"
#include "index/page/pending.h"

/* Read the pages of large content into bytes, checking each. */
static void
read_large_article(BisCheck *check, uint64 generation, BlockNumber block,
				   Size size, BisBytes *bytes)
{
	bytes->len = 0;
	while (bytes->len < size)
	{
		Buffer		buffer;
		Page		page;
		Size		used;

		CHECK_FOR_INTERRUPTS();
		BisCheckClaim(check, block);
		BisCheckAt(check, "large pending article", block);
		buffer = BisGetBuffer(check->index, block, BIS_LARGE_PAGE,
							  generation, BUFFER_LOCK_SHARE);
		page = BufferGetPage(buffer);
		used = BisPageUsed(page);
		if (used != Min(size - bytes->len, BIS_PAGE_ROOM))
			BisCorrupted("page of a large article has a wrong length");
		BisBytesReserve(bytes, used, CurrentMemoryContext);
		BisPutBytes(bytes, BisPageContent(page), used);
		block = BisPageOpaque(page)->next;
		UnlockReleaseBuffer(buffer);
	}
	if (block != InvalidBlockNumber)
		BisCorrupted("large article goes on past its end");
}

/* Check a tsvector and its lexemes. */
static void
check_lexemes(TSVector vector, Size size)
{
	BisVectorCheck(vector, size);
	for (int i = 0; i < vector->size; i++)
		BisCheckLexeme(STRPTR(vector) + ARRPTR(vector)[i].pos,
					   ARRPTR(vector)[i].len);
}

/* Check one item. */
static void
check_pending_item(BisCheck *check, uint64 generation, BisPending *item,
				   BisBytes *bytes)
{
	void	   *content = item + 1;
	BisArticle	article;

	BisCheckTid(&item->tid);
	if (item->dead > 1)
		BisCorrupted("item of a pending list is neither live nor dead");
	if (item->large != InvalidBlockNumber)
	{
		if (item->size <= BIS_MAX_ITEM_CONTENT)
			BisCorrupted("large article is small");
		read_large_article(check, generation, item->large, item->size, bytes);
		content = bytes->data;
	}
	BisArticleSplit(check->types, content, item->size, &article);
	check_lexemes(article.vector, article.size);
	if (check->articles != NULL && !item->dead)
		BisFingerprintAdd(check->articles, &item->tid,
						  BisVectorHash(article.vector) +
						  BisValuesHash(check->types, article.values));
}

/* Check the items of a page; content is a copy of the page's. */
static void
check_pending_items(BisCheck *check, uint64 generation, BlockNumber block,
					uint8 *content, Size used)
{
	BisBytes	bytes = {0};
	Size		next;

	if (used == 0)
		BisCorrupted("page is empty");
	for (Size offset = 0; offset < used; offset = next)
	{
		CHECK_FOR_INTERRUPTS();
		BisCheckAt(check, "pending list", block);
		check_pending_item(check, generation,
						   BisPendingItemAt(content, used, offset, &next),
						   &bytes);
	}
	if (bytes.data != NULL)
		pfree(bytes.data);
}

/* Copy a page of the list; returns how much of content is used. */
static Size
copy_list_page(BisCheck *check, const BisList *list, BlockNumber block,
			   uint8 *content, BisOpaque *opaque)
{
	Buffer		buffer = BisGetBuffer(check->index, block, BIS_PENDING_PAGE,
									  list->generation, BUFFER_LOCK_SHARE);
	Size		used = BisPageUsed(BufferGetPage(buffer));

	memcpy(content, BisPageContent(BufferGetPage(buffer)), used);
	*opaque = *BisPageOpaque(BufferGetPage(buffer));
	UnlockReleaseBuffer(buffer);
	return used;
}

void
BisCheckPending(BisCheck *check, const BisList *list, bool frozen)
{
	BlockNumber block = list->head;
	uint8	   *content = palloc(BIS_PAGE_ROOM);
	uint64		nlarge = 0;

	BisCheckAt(check, "metapage", BIS_METAPAGE);
	for (uint32 i = 0; i < list->npages; i++)
	{
		bool		last = i + 1 == list->npages;
		BisOpaque	opaque;
		Size		used;

		CHECK_FOR_INTERRUPTS();
		BisCheckClaim(check, block);
		BisCheckAt(check, "pending list", block);
		used = copy_list_page(check, list, block, content, &opaque);
		if (last != (block == list->tail))
			BisCorrupted("pending list does not have the length that the metapage says");
		/* the current list's last page may have a successor by now */
		if (last && frozen &&
			(opaque.next != InvalidBlockNumber || opaque.closed != 1))
			BisCorrupted("frozen pending list is not closed");
		if (!last && opaque.closed != 0)
			BisCorrupted("pending list is closed before its end");
		check_pending_items(check, list->generation, block, content, used);
		BisCheckAt(check, "pending list", block);
		nlarge += last && !frozen ? check->tail_large :
			BisPendingLargePages(content, used);
		block = opaque.next;
	}
	if (nlarge != list->nlarge)
		BisCorrupted("pending list does not have the large articles that the metapage says");
	pfree(content);
}
