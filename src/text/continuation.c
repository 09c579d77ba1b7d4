/*
 * continuation.c
 *	  Words of long articles, which go on in continuation lexemes
 *	  (query-language section 9).
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/encoding.h"
#include "text/continuation.h"

/* a continuation lexeme and its number */
typedef struct Continuation
{
	uint32		number;
	const WordEntry *entry;
} Continuation;

int
BiContinuationName(const char *word, int len, uint32 n, char *out)
{
	char		sign[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			signlen = BiEncodeChar(BI_SENTENCE_SIGN, sign);

	if (signlen == 0)
		return 0;
	memcpy(out, word, len);
	memcpy(out + len, sign, signlen);
	return len + signlen +
		sprintf(out + len + signlen, "%u", n);
}

/* The number that len digits are, from 1; 0 if they are none as we write. */
static uint32
read_number(const char *digits, int len)
{
	uint32		number = 0;

	if (len < 1 || len > BI_CONTINUATION_DIGITS || digits[0] == '0')
		return 0;
	for (int i = 0; i < len; i++)
	{
		if (digits[i] < '0' || digits[i] > '9')
			return 0;
		number = number * 10 + (digits[i] - '0');
	}
	return number <= BI_MAX_CONTINUATION ? number : 0;
}

/*
 * Split a name into a word, of *headlen bytes, and the number of a
 * continuation, which is returned; 0 if it is no such name.
 */
static uint32
split_name(const char *name, int len, int *headlen)
{
	char		sign[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			signlen;
	int			start = len;

	while (start > 0 && name[start - 1] >= '0' && name[start - 1] <= '9')
		start--;
	if (start == len)
		return 0;
	signlen = BiEncodeChar(BI_SENTENCE_SIGN, sign);
	*headlen = start - signlen;
	if (signlen == 0 || *headlen < 1 ||
		memcmp(name + *headlen, sign, signlen) != 0)
		return 0;
	return read_number(name + start, len - start);
}

static int
compare_continuations(const void *a, const void *b)
{
	uint32		left = ((const Continuation *) a)->number;
	uint32		right = ((const Continuation *) b)->number;

	return left < right ? -1 : left > right;
}

/*
 * The continuation lexemes of a word, sorted by number, palloc'd; NULL if
 * there is none.
 */
static Continuation *
find_continuations(TSVector vector, const WordEntry *head, int *n)
{
	char		sign[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			signlen = BiEncodeChar(BI_SENTENCE_SIGN, sign);
	char		prefix[MAXSTRLEN + MAX_MULTIBYTE_CHAR_LEN];
	int			len = head->len + signlen;
	Continuation *found = NULL;
	bool		equal;
	int			max = 0;

	*n = 0;
	if (signlen == 0)
		return NULL;
	memcpy(prefix, STRPTR(vector) + head->pos, head->len);
	memcpy(prefix + head->len, sign, signlen);
	for (int i = BiFirstLexeme(vector, prefix, len, &equal);
		 i < vector->size; i++)
	{
		const WordEntry *entry = ARRPTR(vector) + i;
		const char *lexeme = STRPTR(vector) + entry->pos;
		uint32		number;

		CHECK_FOR_INTERRUPTS();
		if (entry->len < len || memcmp(lexeme, prefix, len) != 0)
			break;
		number = read_number(lexeme + len, entry->len - len);
		if (number == 0)
			continue;
		if (*n == max)
		{
			max = Max(16, 2 * max);
			found = found == NULL ? palloc(max * sizeof(Continuation)) :
				repalloc_huge(found, max * sizeof(Continuation));
		}
		found[*n].number = number;
		found[(*n)++].entry = entry;
	}
	if (*n > 1)
		qsort(found, *n, sizeof(Continuation), compare_continuations);
	return found;
}

/*
 * Append a lexeme's positions, which count from base, to the n in all, but
 * for one at the clamped position, of which *clamped becomes the weight (else
 * -1).  Returns how many there are then; -1 if they do not rise.
 */
static int
append_positions(TSVector vector, const WordEntry *entry, uint32 base,
				 BiOccurrence *all, int n, int *clamped)
{
	const WordEntryPosVector *positions = _POSVECPTR(vector, entry);

	*clamped = -1;
	for (int i = 0; i < positions->npos; i++)
	{
		WordEntryPos at = positions->pos[i];
		uint32		pos = base + WEP_GETPOS(at);

		if (WEP_GETPOS(at) == BI_CLAMPED_POSITION)
		{
			*clamped = WEP_GETWEIGHT(at);
			return i == positions->npos - 1 ? n : -1;
		}
		if (n > 0 && BiOccurrencePos(all[n - 1]) >= pos)
			return -1;
		all[n++] = BiOccurrenceMake(pos, WEP_GETWEIGHT(at));
	}
	return n;
}

/*
 * Collect the occurrences of a word and its k continuations in all, and check
 * that they are divided as we do.  Returns their number, or -1.
 */
static int
join_continuations(TSVector vector, const WordEntry *head,
				   const Continuation *continuations, int k,
				   BiOccurrence *all)
{
	int			weight;
	int			clamped;
	int			n = append_positions(vector, head, 0, all, 0, &weight);
	uint32		base = 0;
	int			before = n;		/* of the last lexeme */

	if (n < 0 || n > BI_MAX_PLACES || (n == BI_MAX_PLACES) != (weight < 0))
		return -1;
	for (int i = 0; i < k; i++)
	{
		const WordEntry *entry = continuations[i].entry;
		int			next;
		uint32		pos;

		CHECK_FOR_INTERRUPTS();
		if (!entry->haspos)
			return -1;
		next = append_positions(vector, entry, continuations[i].number *
								BI_CONTINUATION_STEP, all, n, &clamped);
		if (next <= n || next - n > BI_MAX_PLACES || clamped >= 0)
			return -1;
		pos = BiOccurrencePos(all[n]);
		if (BiContinuationAt(pos) != continuations[i].number ||
			BiPlaceFits(before, base, pos))
			return -1;
		if (i == 0 && weight >= 0 && weight != (int) BiOccurrenceWeight(all[n]))
			return -1;
		base = continuations[i].number * BI_CONTINUATION_STEP;
		before = next - n;
		n = next;
	}
	return n;
}

BiOccurrence *
BiContinuedOccurrences(TSVector vector, const WordEntry *entry, int *n)
{
	Continuation *continuations;
	BiOccurrence *all;
	Size		room;
	int			joined;
	int			k;

	if (!BiMayContinue(vector, entry))
		return NULL;
	continuations = find_continuations(vector, entry, &k);
	if (k == 0)
		return NULL;
	room = POSDATALEN(vector, entry);
	for (int i = 0; i < k; i++)
		room += POSDATALEN(vector, continuations[i].entry);
	all = palloc_extended(room * sizeof(BiOccurrence), MCXT_ALLOC_HUGE);
	joined = join_continuations(vector, entry, continuations, k, all);
	pfree(continuations);
	if (joined < 0)
	{
		pfree(all);
		return NULL;
	}
	*n = joined;
	return all;
}

/* Is there such a lexeme, and is it continued? */
static bool
is_continued(TSVector vector, const char *name, int len)
{
	bool		found;
	int			i = BiFirstLexeme(vector, name, len, &found);
	BiOccurrence *all;
	int			n;

	if (!found)
		return false;
	all = BiContinuedOccurrences(vector, ARRPTR(vector) + i, &n);
	if (all == NULL)
		return false;
	pfree(all);
	return true;
}

bool
BiIsContinuation(TSVector vector, const WordEntry *entry,
				 BiContinuationCache *cache)
{
	const char *name = STRPTR(vector) + entry->pos;
	int			len;
	bool		continued;

	if (split_name(name, entry->len, &len) == 0)
		return false;
	for (int i = 0; i < BI_CACHED_HEADS; i++)
	{
		if (cache->heads[i].name != NULL && cache->heads[i].len == len &&
			memcmp(cache->heads[i].name, name, len) == 0)
			return cache->heads[i].continued;
	}
	continued = is_continued(vector, name, len);
	cache->heads[cache->next].name = name;
	cache->heads[cache->next].len = len;
	cache->heads[cache->next].continued = continued;
	cache->next = (cache->next + 1) % BI_CACHED_HEADS;
	return continued;
}

bool
BiIsBoundaryLexeme(TSVector vector, const WordEntry *entry, const char *sign,
				   int signlen)
{
	const char *lexeme = STRPTR(vector) + entry->pos;

	if (entry->len <= signlen || memcmp(lexeme, sign, signlen) != 0)
		return false;
	for (int i = signlen; i < entry->len; i++)
	{
		if (lexeme[i] < '0' || lexeme[i] > '9')
			return false;
	}
	return true;
}

int
BiContinuationHead(const char *s, int len)
{
	char		sign[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			signlen = BiEncodeChar(BI_SENTENCE_SIGN, sign);

	if (signlen == 0)
		return 0;
	for (int head = len - signlen; head > 0; head--)
	{
		if (s[head] == sign[0] && memcmp(s + head, sign, signlen) == 0)
			return head;
	}
	return 0;
}
