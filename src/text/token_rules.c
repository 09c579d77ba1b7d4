/*
 * token_rules.c
 *	  The lists of words by which tokens are cut.
 */
#include "postgres.h"

#include "text/token_rules.h"

/* of French, Italian and Catalan */
static const char *const elided[] = {
	"c", "d", "j", "l", "m", "n", "s", "t", "qu", "un",
	"jusqu", "lorsqu", "puisqu", "quoiqu",
	"all", "bell", "coll", "dall", "dell", "nell", "quell", "quest", "sant",
	"sull"
};

static const char *const units[] = {
	"m", "mm", "cm", "dm", "km", "in", "ft", "yd", "mi"
};

static bool
is_among(const char *const *words, int nwords, const char *letters, int n)
{
	for (int i = 0; i < nwords; i++)
	{
		if (strncmp(words[i], letters, n) == 0 && words[i][n] == '\0')
			return true;
	}
	return false;
}

bool
BiIsElided(const char *letters, int n)
{
	return n > 0 && n <= BI_MAX_ELIDED &&
		is_among(elided, lengthof(elided), letters, n);
}

bool
BiIsUnit(const char *letters, int n)
{
	return n > 0 && n <= BI_MAX_UNIT &&
		is_among(units, lengthof(units), letters, n);
}
