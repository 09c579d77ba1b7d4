/*
 * occurrences.c
 *	  Sorts occurrences.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "match/occurrences.h"

#define ST_SORT sort_occurrences
#define ST_ELEMENT_TYPE BiOccurrence
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

int
BiOccurrencesSort(BiOccurrence *occurrences, int n)
{
	int			left = 0;

	sort_occurrences(occurrences, n);
	for (int i = 0; i < n; i++)
	{
		if (left == 0 || occurrences[left - 1] != occurrences[i])
			occurrences[left++] = occurrences[i];
	}
	return left;
}
