/*
 * field_range.c
 *	  A range of dates or numbers as a few prefixes of their lexemes.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "text/field_range.h"
#include "text/field_value.h"

/* sign, exponent, digits and the end of a negative number */
#define MAX_VALUE (3 + BI_MAX_EXPONENT_DIGITS + BI_MAX_DIGITS)

StaticAssertDecl(MAX_VALUE > BI_DATE_LEN, "dates are longer than numbers");

typedef struct Cover
{
	BiFieldType type;
	bool		low_inclusive;
	bool		high_inclusive;
	char		path[MAX_VALUE + 1];
	int			len;			/* of path */
	List	   *parts;
} Cover;

int
BiDaysOfMonth(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

/* The characters that may follow the path of a date, ascending. */
static const char *
next_of_date(const char *path, int len)
{
	int			month;
	int			days;

	switch (len)
	{
		case 0:
		case 1:
		case 2:
			return "0123456789";
		case 3:
			return strncmp(path, "000", 3) == 0 ? "123456789" : "0123456789";
		case 4:
		case 7:
			return "-";
		case 5:
			return "01";
		case 6:
			return path[5] == '0' ? "123456789" : "012";
		case BI_DATE_LEN:
			return "";
	}
	month = (path[5] - '0') * 10 + path[6] - '0';
	days = BiDaysOfMonth((path[0] - '0') * 1000 + (path[1] - '0') * 100 +
						 (path[2] - '0') * 10 + path[3] - '0', month);
	if (len == 8)
		return days < 30 ? "012" : "0123";
	switch (path[8])
	{
		case '0':
			return "123456789";
		case '1':
			return "0123456789";
		case '2':
			return days == 28 ? "012345678" : "0123456789";
	}
	return days == 30 ? "0" : "01";
}

/* The same for a number. */
static const char *
next_of_number(const char *path, int len)
{
	bool		negative = len > 0 && path[0] == '-';
	int			ndigits;		/* after the exponent, with its length */

	if (len == 0)
		return "-0UVWXYZabcdef";
	if (path[0] == '0')
		return "";
	path += negative;
	len -= negative;
	if (len == 0)
		return "UVWXYZabcdef";
	ndigits = len - 2 - (path[0] >= 'a' ? path[0] - 'a' : 'Z' - path[0]);
	if (ndigits < 0)
		return "0123456789";
	if (ndigits == 0)
		return negative ? "012345678" : "123456789";
	if (!negative)
		return ndigits < BI_MAX_DIGITS ? "0123456789" : "";
	if (path[len - 1] == '~')
		return "";
	return ndigits < BI_MAX_DIGITS ? "0123456789~" : "~";
}

static const char *
next_characters(const Cover *cover)
{
	return cover->type == BI_DATE_FIELD ?
		next_of_date(cover->path, cover->len) :
		next_of_number(cover->path, cover->len);
}

/* Is the path a value, be it that longer ones begin with it? */
static bool
is_value(const Cover *cover)
{
	const char *path = cover->path;
	int			len = cover->len;

	if (len == 0)
		return false;
	if (cover->type == BI_DATE_FIELD)
		return len == BI_DATE_LEN;
	if (path[0] == '0')
		return true;
	if (path[0] == '-')
		return path[len - 1] == '~';
	return len - 2 - (path[0] >= 'a' ? path[0] - 'a' : 'Z' - path[0]) > 0;
}

static void
add_part(Cover *cover, bool prefix)
{
	BiFieldPart *part = palloc_object(BiFieldPart);

	part->value = pnstrdup(cover->path, cover->len);
	part->len = cover->len;
	part->prefix = prefix;
	cover->parts = lappend(cover->parts, part);
}

/*
 * Add the parts of the range below the path.  low is what the lower end has
 * after it, NULL if all below the path are above that end; high likewise.
 * Returns whether all values below the path, and itself, are in the range:
 * then one part is added.
 */
static bool
cover_path(Cover *cover, const char *low, const char *high)
{
	const char *next = next_characters(cover);
	int			before = list_length(cover->parts);
	bool		at_low = low != NULL && *low == '\0';
	bool		at_high = high != NULL && *high == '\0';
	bool		all = true;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (low == NULL && high == NULL)
	{
		add_part(cover, *next != '\0');
		return true;
	}
	if (is_value(cover))
	{
		all = (low == NULL || (at_low && cover->low_inclusive)) &&
			(high == NULL || !at_high || cover->high_inclusive);
		if (all)
			add_part(cover, false);
	}
	for (; *next != '\0'; next++)
	{
		if (at_high || (high != NULL && *next > *high) ||
			(low != NULL && !at_low && *next < *low))
		{
			all = false;
			continue;
		}
		cover->path[cover->len++] = *next;
		all &= cover_path(cover,
						  low != NULL && !at_low && *next == *low ?
						  low + 1 : NULL,
						  high != NULL && *next == *high ? high + 1 : NULL);
		cover->len--;
	}
	if (all && *next_characters(cover) != '\0')
	{
		cover->parts = list_truncate(cover->parts, before);
		add_part(cover, true);
	}
	return all;
}

List *
BiCoverRange(BiFieldType type, BiFieldBound low, BiFieldBound high)
{
	Cover		cover = {.type = type};

	cover.low_inclusive = low.inclusive;
	cover.high_inclusive = high.inclusive;
	(void) cover_path(&cover, low.value, high.value);
	return cover.parts;
}
