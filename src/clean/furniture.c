/*
 * furniture.c
 *	  A page's number and running head.
 */
#include "postgres.h"

#include "base/encoding.h"
#include "clean/furniture.h"

/* bytes of a running head */
#define MAX_HEAD	100

/* how often a line is there to be one, alone or beside a page's number */
#define HEAD_TIMES	3
#define NUMBERED_TIMES 2

/* letters that a running head has at least */
#define MIN_HEAD	3

/* words and digits of a page's number */
#define MAX_WORDS	4
#define MAX_DIGITS	4

/* what stands around a page's number */
static const char *const page_words[] = {
	"av", "de", "di", "of", "op", "p", "page", "pagina", "pg", "s", "seite",
	"side", "sida", "slip", "strona", "sur", "van", "von"
};

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Take count of c and its like off a Roman numeral. */
static const char *
skip_up_to(const char *s, const char *end, char c, int count)
{
	while (s < end && (*s | 0x20) == c && count-- > 0)
		s++;
	return s;
}

/* One decimal place of a Roman numeral: the signs for 1, 5 and 10. */
static const char *
skip_place(const char *s, const char *end, char one, char five, char ten)
{
	if (end - s > 1 && (s[0] | 0x20) == one &&
		((s[1] | 0x20) == five || (s[1] | 0x20) == ten))
		return s + 2;
	return skip_up_to(skip_up_to(s, end, five, 1), end, one, 3);
}

/* Are the letters s .. end a Roman numeral below 400, and not as in Li? */
static bool
is_roman(const char *s, const char *end)
{
	if (end - s > 1 && (s[0] & 0x20) != (s[1] & 0x20))
		return false;
	s = skip_up_to(s, end, 'c', 3);
	s = skip_place(s, end, 'x', 'l', 'c');
	return skip_place(s, end, 'i', 'v', 'x') == end;
}

static bool
is_page_word(const char *s, int len)
{
	for (int i = 0; i < (int) lengthof(page_words); i++)
		if (strlen(page_words[i]) == (size_t) len &&
			pg_strncasecmp(page_words[i], s, len) == 0)
			return true;
	return false;
}

/* Is the line s .. end a page's number: "- 12 -", "Page 3 of 10", "iv"? */
static bool
is_page_number(const char *s, const char *end)
{
	int			words = 0;
	int			numbers = 0;

	while (s < end)
	{
		const char *word = s;

		if (is_digit(*s))
		{
			while (s < end && is_digit(*s))
				s++;
			numbers++;
			if (++words > MAX_WORDS || s - word > MAX_DIGITS ||
				(s < end && is_letter(*s)))
				return false;
		}
		else if (is_letter(*s))
		{
			while (s < end && is_letter(*s))
				s++;
			if (++words > MAX_WORDS || (s < end && is_digit(*s)))
				return false;
			if (is_roman(word, s))
				numbers++;
			else if (!is_page_word(word, s - word))
				return false;
		}
		else if (*s == '\0' || strchr(" \t\f\v-_.|/*~:#()[]", *s) == NULL)
		{
			int			len;
			uint32		c = BiDecodeChar(s, end, &len);

			/* en and em dashes */
			if (c != 0x2013 && c != 0x2014)
				return false;
			s += len;
		}
		else
			s++;
	}
	return numbers > 0;
}

/*
 * The hash of a line without figures, signs and capitals; 0 if it cannot be a
 * running head, as one that has few letters or begins with a small one.
 */
static uint64
head_hash(const char *s, const char *end)
{
	uint64		hash = BI_HASH_SEED;
	int			letters = 0;

	if (end - s > MAX_HEAD)
		return 0;
	for (; s < end; s++)
	{
		if (!is_letter(*s) && !IS_HIGHBIT_SET(*s))
			continue;
		if (letters == 0 && *s >= 'a' && *s <= 'z')
			return 0;
		hash = BiHashNext(hash, pg_ascii_tolower((unsigned char) *s));
		letters++;
	}
	return letters >= MIN_HEAD ? hash : 0;
}

/* The end of the line at s and, in *next, the start of the one after it. */
static const char *
line_end(const char *s, const char *end, const char **next)
{
	while (s < end && *s != '\n' && *s != '\r')
		s++;
	*next = Min(s + 1, end);
	while (*next < end && strchr(" \t\f\v\r\n", **next) != NULL)
		(*next)++;
	return s;
}

void
BiFurnitureAdd(BiFurniture *furniture, const char *text, int start, int end)
{
	const char *s = text + start;

	if (end - start > BI_FURNITURE_LINES * MAX_HEAD)
		return;
	while (s < text + end)
	{
		const char *next;
		uint64		hash = head_hash(s, line_end(s, text + end, &next));

		if (hash != 0)
			BiHashListAdd(&furniture->heads, hash);
		s = next;
	}
}

void
BiFurnitureEnd(BiFurniture *furniture)
{
	BiHashListSort(&furniture->heads);
}

BiFurnitureKind
BiIsFurniture(const BiFurniture *furniture, const char *text, int start,
			  int end)
{
	const char *s = text + start;
	bool		numbered = memchr(s, '\f', end - start) != NULL;
	int			least = PG_INT32_MAX;

	if (end - start > BI_FURNITURE_LINES * MAX_HEAD)
		return BI_FURNITURE_NONE;
	while (s < text + end)
	{
		const char *next;
		const char *stop = line_end(s, text + end, &next);
		uint64		hash = head_hash(s, stop);

		if (is_page_number(s, stop))
			numbered = true;
		else if (hash == 0)
			return BI_FURNITURE_NONE;
		else
			least = Min(least, BiHashListCount(&furniture->heads, hash));
		numbered |= is_digit(*s) || is_digit(stop[-1]);
		s = next;
	}
	if (least >= (numbered ? NUMBERED_TIMES : HEAD_TIMES))
		return BI_FURNITURE_CERTAIN;
	return least >= NUMBERED_TIMES ? BI_FURNITURE_PERHAPS : BI_FURNITURE_NONE;
}

void
BiFurnitureFree(BiFurniture *furniture)
{
	BiHashListFree(&furniture->heads);
}
