/*
 * local_day.h
 *	  The local day that an instant is in.
 */
#ifndef BIS_LOCAL_DAY_H
#define BIS_LOCAL_DAY_H

#include "datatype/timestamp.h"
#include "pgtime.h"

/* spans of about 100 days that are remembered; a power of 2 */
#define BIS_DAY_SPANS 128
#define BIS_DAY_SPAN_BITS 43

/* instants between which the offset from UTC does not change; else empty */
typedef struct BisDaySpan
{
	int64		first;
	int64		last;
	int64		offset;			/* microseconds east of UTC */
} BisDaySpan;

/* days of a time zone, or of timestamps without one */
typedef struct BisLocalDays
{
	const pg_tz *zone;			/* NULL: without one */
	BisDaySpan	spans[BIS_DAY_SPANS];	/* instant t can only be in that of
										 * its high bits */
} BisLocalDays;

/* Begin with a zone, or NULL for none. */
extern void BisLocalDaysInit(BisLocalDays *days, const pg_tz *zone);

/* The span of a finite instant; valid until the next one is asked for. */
extern const BisDaySpan *BisLocalDaysSpan(BisLocalDays *days, int64 instant);

/*
 * The instants around a finite one, of the same offset, whose local days are
 * first .. last; it is one of them.
 */
extern void BisLocalDaysRange(BisLocalDays *days, int64 instant, int64 first,
							  int64 last, int64 *from, int64 *to);

/* The day of a local time: its number from 2000-01-01 on. */
static inline int64
BisDayOf(int64 local)
{
	return local >= 0 ? local / USECS_PER_DAY :
		-1 - (-1 - local) / USECS_PER_DAY;
}

/* The local day of a finite instant, in the same way. */
static inline int64
BisLocalDay(BisLocalDays *days, int64 instant)
{
	return BisDayOf(instant + BisLocalDaysSpan(days, instant)->offset);
}

#endif							/* BIS_LOCAL_DAY_H */
