/*
 * hash_list.c
 *	  Which strings a text has, and how often, as a sorted list of hashes.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "clean/hash_list.h"

void
BiHashListAdd(BiHashList *list, uint64 hash)
{
	if (list->n >= BI_MAX_HASHES)
		return;
	if (list->n >= list->max)
	{
		list->max = list->max == 0 ? 64 : list->max * 2;
		if (list->hashes == NULL)
			list->hashes = palloc(list->max * sizeof(uint64));
		else
			list->hashes = repalloc(list->hashes, list->max * sizeof(uint64));
	}
	list->hashes[list->n++] = hash;
}

static int
compare_hashes(const void *a, const void *b)
{
	uint64		left = *(const uint64 *) a;
	uint64		right = *(const uint64 *) b;

	CHECK_FOR_INTERRUPTS();
	return left < right ? -1 : left > right;
}

void
BiHashListSort(BiHashList *list)
{
	if (list->n > 1)
		qsort(list->hashes, list->n, sizeof(uint64), compare_hashes);
}

/* Index of the first hash that is not below hash. */
static int
lower_bound(const BiHashList *list, uint64 hash)
{
	int			low = 0;
	int			high = list->n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (list->hashes[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int
BiHashListCount(const BiHashList *list, uint64 hash)
{
	int			first = lower_bound(list, hash);

	if (first == list->n || list->hashes[first] != hash)
		return 0;
	return (hash == PG_UINT64_MAX ? list->n : lower_bound(list, hash + 1)) -
		first;
}

void
BiHashListFree(BiHashList *list)
{
	if (list->hashes != NULL)
		pfree(list->hashes);
	memset(list, 0, sizeof(*list));
}
