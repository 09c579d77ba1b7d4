/*
 * local_day.c
 *	  The local day that an instant is in.
 *
 * A step such as date_trunc('month', ...) depends only on the local day, so
 * it need be computed only once a day.  Which day it is, is known from the
 * offset from UTC, which PostgreSQL is asked for only once for the time up to
 * the zone's next change.  Nothing else would do: days need not ascend with
 * time.  Newfoundland used to set its clocks back at 00:01, so that it was
 * yesterday again.
 */
#include "postgres.h"

#include "datatype/timestamp.h"

#include "index/group/local_day.h"

/* seconds from 1970 to 2000 */
#define EPOCH_SECONDS \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

void
BisLocalDaysInit(BisLocalDays *days, const pg_tz *zone)
{
	days->zone = zone;
	for (int i = 0; i < BIS_DAY_SPANS; i++)
	{
		days->spans[i].first = zone == NULL ? PG_INT64_MIN : PG_INT64_MAX;
		days->spans[i].last = zone == NULL ? PG_INT64_MAX : PG_INT64_MIN;
		days->spans[i].offset = 0;
	}
}

/* The second that has the instant, counted as pg_time_t. */
static pg_time_t
second_of(int64 instant)
{
	int64		second = instant / USECS_PER_SEC;

	if (instant % USECS_PER_SEC < 0)
		second--;
	return second + EPOCH_SECONDS;
}

/*
 * The first second after this one at which the zone changes; PG_INT64_MAX for
 * never.
 */
static pg_time_t
next_change(const pg_tz *zone, pg_time_t second)
{
	long int	offsets[2];
	int			isdst[2];
	pg_time_t	change;
	pg_time_t	later = second + 1;
	int			found;

	found = pg_next_dst_boundary(&second, &offsets[0], &isdst[0], &change,
								 &offsets[1], &isdst[1], zone);
	if (found == 1)
		return change;
	/* from the second of a change on, the next one is found only later */
	if (found == 0)
		found = pg_next_dst_boundary(&later, &offsets[0], &isdst[0], &change,
									 &offsets[1], &isdst[1], zone);
	if (found == 1)
		return change;
	/* if that is not known, it may be the next second */
	return found == 0 ? PG_INT64_MAX : later;
}

/* Find the span of an instant, and remember it. */
static void
find_span(BisLocalDays *days, int64 instant, BisDaySpan *span)
{
	pg_time_t	second = second_of(instant);
	pg_time_t	change = next_change(days->zone, second);
	struct pg_tm *local = pg_localtime(&second, days->zone);
	int64		last = instant;

	if (local == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	if (change > second_of(END_TIMESTAMP))
		last = END_TIMESTAMP;
	else if (change > second)
		last = (change - EPOCH_SECONDS) * USECS_PER_SEC - 1;
	/* what ends at the same change is the same span */
	span->first = span->last == last ? Min(span->first, instant) : instant;
	span->last = last;
	span->offset = (int64) local->tm_gmtoff * USECS_PER_SEC;
}

const BisDaySpan *
BisLocalDaysSpan(BisLocalDays *days, int64 instant)
{
	BisDaySpan *span = &days->spans[(instant >> BIS_DAY_SPAN_BITS) &
									(BIS_DAY_SPANS - 1)];

	if (instant < span->first || instant > span->last)
		find_span(days, instant, span);
	return span;
}

void
BisLocalDaysRange(BisLocalDays *days, int64 instant, int64 first, int64 last,
				  int64 *from, int64 *to)
{
	const BisDaySpan *span = BisLocalDaysSpan(days, instant);

	/* there may be no instants of some of these days */
	first = Max(first, BisDayOf(MIN_TIMESTAMP));
	last = Min(last, BisDayOf(END_TIMESTAMP));
	*from = Max(first * USECS_PER_DAY - span->offset, span->first);
	*to = Min((last + 1) * USECS_PER_DAY - 1 - span->offset, span->last);
}
