/*
 * number_map.h
 *	  A hash table from numbers to the ids of what they stand for.
 */
#ifndef BIS_NUMBER_MAP_H
#define BIS_NUMBER_MAP_H

/* not known yet; no id */
#define BIS_NO_ID PG_UINT32_MAX

typedef struct BisNumberId
{
	uint64		number;
	uint32		id;
	char		status;
} BisNumberId;

/* Fibonacci hashing: the high half of the product. */
static inline uint32
BisNumberHash(uint64 number)
{
	return (uint32) ((number * UINT64CONST(0x9E3779B97F4A7C15)) >> 32);
}

#define SH_PREFIX bis_number_map
#define SH_ELEMENT_TYPE BisNumberId
#define SH_KEY_TYPE uint64
#define SH_KEY number
#define SH_HASH_KEY(table, key) BisNumberHash(key)
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* The number's id, which the caller sets if it is BIS_NO_ID. */
static inline uint32 *
BisNumberMapId(bis_number_map_hash *map, uint64 number)
{
	bool		found;
	BisNumberId *entry = bis_number_map_insert(map, number, &found);

	if (!found)
		entry->id = BIS_NO_ID;
	return &entry->id;
}

#endif							/* BIS_NUMBER_MAP_H */
