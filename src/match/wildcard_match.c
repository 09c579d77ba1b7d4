/*
 * wildcard_match.c
 *	  Matches a word against a pattern.
 *
 * A wildcard stands for characters, not bytes.  Literal bytes are compared as
 * they are: in the pattern they begin and end at character boundaries, so
 * where they are equal they do so in the word.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "tsearch/ts_type.h"

#include "base/encoding.h"
#include "match/fuzzy_match.h"
#include "match/wildcard_match.h"
#include "query/bi_query.h"
#include "text/analyze.h"
#include "text/tsvector_layout.h"

/* Does pattern contain a run of limited length? */
static bool
has_limited_run(const char *pattern, int plen)
{
	return memchr(pattern, BI_UPTO_CHARS, plen) != NULL;
}

/* Length of the character at s. */
static inline int
char_len(const char *s, const char *end)
{
	return IS_HIGHBIT_SET(*s) ? BiCharLen(s, end) : 1;
}

/*
 * Where the rest of a pattern after an unlimited run may match at first, from
 * s on; NULL if nowhere.  An ASCII byte is a character wherever it occurs.
 */
static inline const char *
find_rest(const char *rest, const char *pend, const char *s, const char *end)
{
	if (rest == pend || (unsigned char) *rest <= BI_LAST_SIGN ||
		IS_HIGHBIT_SET(*rest))
		return s;
	return memchr(s, *rest, end - s);
}

/* Could the word end as the pattern does, if its end is literal? */
static bool
may_end_so(const char *pattern, const char *pend, const char *s,
		   const char *end)
{
	const char *literal = pend;

	while (literal > pattern && (unsigned char) literal[-1] > BI_LAST_SIGN)
		literal--;
	return end - s >= pend - literal &&
		memcmp(end - (pend - literal), literal, pend - literal) == 0;
}

/*
 * Without such runs: backtrack only to the last unlimited run, which can
 * match whatever an earlier one could.
 */
static bool
matches_simple(const char *pattern, const char *pend,
			   const char *s, const char *end)
{
	const char *run = NULL;		/* pattern after the last run */
	const char *run_start = NULL;	/* where the rest is tried next */

	if (!may_end_so(pattern, pend, s, end))
		return false;
	while (s < end)
	{
		if (pattern < pend && *pattern == BI_ANY_CHARS)
		{
			run = ++pattern;
			if (run == pend)
				return true;
			if ((s = find_rest(run, pend, s, end)) == NULL)
				return false;
			run_start = s;
		}
		else if (pattern < pend && *pattern == BI_ONE_CHAR)
		{
			pattern++;
			s += char_len(s, end);
		}
		else if (pattern < pend && *pattern == *s)
		{
			pattern++;
			s++;
		}
		else if (run != NULL)
		{
			run_start += char_len(run_start, end);
			run_start = find_rest(run, pend, run_start, end);
			if (run_start == NULL)
				return false;
			s = run_start;
			pattern = run;
		}
		else
			return false;
	}
	while (pattern < pend && *pattern == BI_ANY_CHARS)
		pattern++;
	return pattern == pend;
}

/*
 * Extend each offset in reached by up to most characters (any number if most
 * is negative).
 */
static void
extend_run(bool *reached, const char *s, int len, int most)
{
	int			left = -1;		/* characters left from the last start */

	for (int i = 0; i <= len;)
	{
		if (reached[i])
			left = most < 0 ? len : most;
		else if (left > 0)
		{
			reached[i] = true;
			left--;
		}
		else
			left = -1;
		if (i == len)
			break;
		i += BiCharLen(s + i, s + len);
	}
}

/*
 * In general: keep the set of offsets in the word that the pattern can reach
 * so far, and advance it along the pattern.
 */
static bool
matches_general(const char *pattern, const char *pend, const char *s, int len)
{
	bool		reached[MAXSTRLEN + 2] = {0};

	reached[0] = true;
	for (; pattern < pend; pattern++)
	{
		CHECK_FOR_INTERRUPTS();
		if (*pattern == BI_ANY_CHARS)
			extend_run(reached, s, len, -1);
		else if (*pattern == BI_UPTO_CHARS)
		{
			extend_run(reached, s, len,
					   (pattern[1] - '0') * 64 + (pattern[2] - '0'));
			pattern += 2;
		}
		else
		{
			bool		any = *pattern == BI_ONE_CHAR;

			/* from the end, because each step leads forward */
			for (int i = len; i >= 0; i--)
			{
				if (!reached[i])
					continue;
				reached[i] = false;
				if (i == len)
					continue;
				if (any)
					reached[i + BiCharLen(s + i, s + len)] = true;
				else if (s[i] == *pattern)
					reached[i + 1] = true;
			}
		}
	}
	return reached[len];
}

bool
BiIsHiddenLexeme(const char *lexeme, int len)
{
	static const uint32 signs[] = {BI_SENTENCE_SIGN, BI_PARAGRAPH_SIGN};
	char		bytes[MAX_MULTIBYTE_CHAR_LEN + 1];

	if (len == 0 || *lexeme == BI_STEM_SIGN)
		return true;
	if (!IS_HIGHBIT_SET(*lexeme))
		return false;
	for (int i = 0; i < (int) lengthof(signs); i++)
	{
		int			n = BiEncodeChar(signs[i], bytes);

		if (n > 0 && len >= n && memcmp(lexeme, bytes, n) == 0)
			return true;
	}
	return false;
}

bool
BiWildcardMatches(const char *pattern, int plen, int prefix,
				  const char *lexeme, int len)
{
	/* nobody typed the sign with which others begin */
	if (prefix == 0 && BiIsHiddenLexeme(lexeme, len))
		return false;
	if (*pattern == BI_FUZZY)
		return BiFuzzyMatches(pattern, plen, lexeme, len);
	pattern += prefix;
	plen -= prefix;
	lexeme += prefix;
	len -= prefix;
	if (!has_limited_run(pattern, plen))
		return matches_simple(pattern, pattern + plen, lexeme, lexeme + len);
	if (len > MAXSTRLEN)
		return false;
	return matches_general(pattern, pattern + plen, lexeme, len);
}
