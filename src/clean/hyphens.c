/*
 * hyphens.c
 *	  Joins words that a line's end divides.
 *
 * A hyphen between letters, a line break and a small letter are a divided
 * word ("com-" "pany"), unless the text has the compound itself within a line
 * (then "low-" "income" is low-income) or the next line's first word joins
 * compounds ("pre-" "and post-war").  All spellings of the compound count,
 * since they are compared without regard to case.
 */
#include "postgres.h"

#include <unicode/uchar.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "base/encoding.h"
#include "clean/clean.h"
#include "clean/hash_list.h"

/* the part of a word before or after a hyphen is not longer, in bytes */
#define MAX_PART	100

#define SOFT_HYPHEN	0x00AD
#define NOT_SIGN	0x00AC
#define HYPHEN		0x2010

/* a hyphen between two parts of a word */
typedef struct Joint
{
	int			hyphen;			/* where it begins */
	int			right;			/* where the part after it begins */
	int			end;			/* and ends */
	uint32		sign;			/* which hyphen */
	uint64		compound;		/* hash of both parts */
} Joint;

/* words before which a hyphen stands for the rest of a compound */
static const char *const conjunctions[] = {
	"and", "bzw", "eller", "och", "oder", "or", "sowie", "und"
};

static inline bool
is_break(char c)
{
	return c == '\n' || c == '\r';
}

static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\f' || c == '\v';
}

static inline bool
is_hyphen(uint32 c)
{
	return c == '-' || c == HYPHEN || c == SOFT_HYPHEN || c == NOT_SIGN;
}

static inline bool
is_part_char(uint32 c)
{
	if (c < 0x80)
		return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' &&
										  (c | 0x20) <= 'z');
	return u_isalnum((UChar32) c) ||
		(U_GET_GC_MASK((UChar32) c) & U_GC_M_MASK) != 0;
}

/*
 * Start of the character that ends at byte end, -1 if it is too far from any
 * place where one is known to begin.
 */
static int
char_start(const char *text, int end)
{
	int			start = end - 1;

	if (!IS_HIGHBIT_SET(text[start]))
		return start;
	if (GetDatabaseEncoding() == PG_UTF8 ||
		GetDatabaseEncoding() == PG_SQL_ASCII)
	{
		while (start > 0 && end - start < 4 &&
			   ((unsigned char) text[start] & 0xC0) == 0x80)
			start--;
		return start;
	}
	if (pg_database_encoding_max_length() == 1)
		return start;
	/* a byte of ASCII is never part of another character */
	while (start > 0 && IS_HIGHBIT_SET(text[start - 1]))
	{
		if (end - --start > MAX_PART)
			return -1;
	}
	for (int next = start; next < end;)
	{
		start = next;
		next += BiCharLen(text + next, text + end);
	}
	return start;
}

/*
 * Hash the part of a word from s on, at most to limit; returns where it ends.
 */
static int
hash_part(const char *text, int s, int limit, uint64 *hash)
{
	limit = Min(limit, s + MAX_PART);
	while (s < limit)
	{
		int			len;
		uint32		c = BiDecodeChar(text + s, text + limit, &len);

		if (!is_part_char(c))
			break;
		*hash = BiHashNext(*hash, (uint32) u_foldCase((UChar32) c,
													  U_FOLD_CASE_DEFAULT));
		s += len;
	}
	return s;
}

/* Where the part of a word begins that ends at byte end; end if none does. */
static int
part_start(const char *text, int end)
{
	int			start = end;

	while (start > 0 && end - start < MAX_PART)
	{
		int			at = char_start(text, start);
		int			len;

		if (at < 0 || !is_part_char(BiDecodeChar(text + at, text + start,
												 &len)))
			break;
		start = at;
	}
	return start;
}

/*
 * Fill in what is about the parts on both sides of joint's hyphen; false if
 * there is no letter before it, or no part after it.
 */
static bool
read_parts(const char *text, int len, Joint *joint)
{
	uint64		hash = BI_HASH_SEED;
	int			at;
	int			char_len;
	uint32		c;

	if (joint->hyphen == 0 || (at = char_start(text, joint->hyphen)) < 0)
		return false;
	c = BiDecodeChar(text + at, text + joint->hyphen, &char_len);
	if (!is_part_char(c) || u_isdigit((UChar32) c))
		return false;
	(void) hash_part(text, part_start(text, joint->hyphen), joint->hyphen,
					 &hash);
	hash = BiHashNext(hash, '-');
	joint->end = hash_part(text, joint->right, len, &hash);
	joint->compound = hash;
	return joint->end > joint->right;
}

/* After the blanks, the line break and the blanks of the next line at s. */
static int
skip_break(const char *text, int len, int s)
{
	while (s < len && is_blank(text[s]))
		s++;
	if (s == len || !is_break(text[s]))
		return -1;
	s += text[s] == '\r' && s + 1 < len && text[s + 1] == '\n' ? 2 : 1;
	while (s < len && is_blank(text[s]))
		s++;
	return s;
}

/* Does a line break at byte at divide a word? */
static bool
is_divided(const char *text, int len, int at, Joint *joint)
{
	int			end = at;
	int			char_len;

	while (end > 0 && is_blank(text[end - 1]))
		end--;
	if (end == 0 || (joint->hyphen = char_start(text, end)) < 0)
		return false;
	joint->sign = BiDecodeChar(text + joint->hyphen, text + end, &char_len);
	if (!is_hyphen(joint->sign))
		return false;
	joint->right = skip_break(text, len, at);
	return joint->right < len && read_parts(text, len, joint) &&
		u_charType((UChar32) BiDecodeChar(text + joint->right, text + len,
										  &char_len)) == U_LOWERCASE_LETTER;
}

/* The next line break at or after s that divides a word; false if none. */
static bool
next_divided(const char *text, int len, int s, Joint *joint)
{
	for (; s < len; s++)
	{
		if (s % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		if (is_break(text[s]))
		{
			CHECK_FOR_INTERRUPTS();
			if (is_divided(text, len, s, joint))
				return true;
		}
	}
	return false;
}

/* Is the hyphen at s the beginning of a line's last part of a word? */
static bool
is_before_division(const char *text, int len, int s)
{
	int			char_len;

	return s < len && is_hyphen(BiDecodeChar(text + s, text + len,
											 &char_len)) &&
		skip_break(text, len, s + char_len) >= 0;
}

/* Does the part that begins at s go on from the line before? */
static bool
is_after_division(const char *text, int s)
{
	int			char_len;
	int			at;

	while (s > 0 && is_blank(text[s - 1]))
		s--;
	if (s == 0 || !is_break(text[s - 1]))
		return false;
	s -= s > 1 && text[s - 1] == '\n' && text[s - 2] == '\r' ? 2 : 1;
	while (s > 0 && is_blank(text[s - 1]))
		s--;
	return s > 0 && (at = char_start(text, s)) >= 0 &&
		is_hyphen(BiDecodeChar(text + at, text + s, &char_len));
}

/* Note the compounds that the text has within lines. */
static void
find_compounds(const char *text, int len, BiHashList *compounds)
{
	char		hyphen[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			hyphen_len = BiEncodeChar(HYPHEN, hyphen);

	for (int s = 0; s < len; s++)
	{
		Joint		joint = {.hyphen = s};

		if (s % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		if (text[s] == '-')
			joint.right = s + 1;
		else if (hyphen_len > 1 && text[s] == hyphen[0] &&
				 len - s >= hyphen_len &&
				 memcmp(text + s, hyphen, hyphen_len) == 0)
			joint.right = s + hyphen_len;
		else
			continue;
		if (read_parts(text, len, &joint) &&
			!is_before_division(text, len, joint.end) &&
			!is_after_division(text, part_start(text, s)))
			BiHashListAdd(compounds, joint.compound);
	}
	BiHashListSort(compounds);
}

/* Is the part from .. end, of a joint, a conjunction? */
static bool
is_conjunction(const char *text, int len, const Joint *joint)
{
	int			n = joint->end - joint->right;

	/* as in "and-" at the end of one more line */
	if (joint->end < len && (text[joint->end] == '-' ||
							 text[joint->end] == '\''))
		return false;
	for (int i = 0; i < (int) lengthof(conjunctions); i++)
		if (strlen(conjunctions[i]) == (size_t) n &&
			memcmp(text + joint->right, conjunctions[i], n) == 0)
			return true;
	return false;
}

/*
 * Is the joint's word one that only a line's end divides?  The other signs
 * are never part of a compound.
 */
static bool
is_to_be_joined(const char *text, int len, const Joint *joint,
				const BiHashList *compounds)
{
	return (joint->sign != '-' && joint->sign != HYPHEN) ||
		(BiHashListCount(compounds, joint->compound) == 0 &&
		 !is_conjunction(text, len, joint));
}

int
BiCleanHyphens(char *text, int len)
{
	BiHashList	compounds = {0};
	Joint		joint;
	int			from = 0;
	int			to = 0;

	if (!next_divided(text, len, 0, &joint))
		return len;
	find_compounds(text, len, &compounds);
	do
	{
		int			stop = is_to_be_joined(text, len, &joint, &compounds) ?
			joint.hyphen : joint.right;

		memmove(text + to, text + from, stop - from);
		to += stop - from;
		from = joint.right;
	} while (next_divided(text, len, from, &joint));
	memmove(text + to, text + from, len - from);
	BiHashListFree(&compounds);
	return to + len - from;
}
