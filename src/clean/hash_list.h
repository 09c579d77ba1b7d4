/*
 * hash_list.h
 *	  Which strings a text has, and how often, as a sorted list of hashes.
 *
 * Beyond BI_MAX_HASHES (32 MB) nothing is added, so that no text takes more
 * memory.  That a text may have hashes in common on purpose costs no time.
 */
#ifndef BI_HASH_LIST_H
#define BI_HASH_LIST_H

#define BI_MAX_HASHES	(1 << 22)

#define BI_HASH_SEED	UINT64CONST(14695981039346656037)

/* Begins zeroed; lives in the memory context of its first hash. */
typedef struct BiHashList
{
	uint64	   *hashes;
	int			n;
	int			max;
} BiHashList;

/* The hash of what has this hash and then c (Fowler, Noll and Vo's). */
static inline uint64
BiHashNext(uint64 hash, uint32 c)
{
	return (hash ^ c) * UINT64CONST(1099511628211);
}

extern void BiHashListAdd(BiHashList *list, uint64 hash);

/* To be called once, after the last is added. */
extern void BiHashListSort(BiHashList *list);

/* How many times was hash added? */
extern int	BiHashListCount(const BiHashList *list, uint64 hash);

extern void BiHashListFree(BiHashList *list);

#endif							/* BI_HASH_LIST_H */
