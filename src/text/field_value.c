/*
 * field_value.c
 *	  Values of fields of one's own as lexemes (query-language section 9).
 */
#include "postgres.h"

#include <unicode/uchar.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "base/encoding.h"
#include "text/field_value.h"
#include "text/fold.h"
#include "text/tsvector_layout.h"

/* bytes of one word that are folded: their folded form is cut anyway */
#define MAX_WORD_READ 8192

/* a typed exponent beyond this is out of range, whatever the digits are */
#define MAX_TYPED_EXPONENT 10000000

bool
BiAppendFieldStart(const char *folded, int len, StringInfo out)
{
	char		sign[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			signlen = BiEncodeChar(BI_SENTENCE_SIGN, sign);

	if (signlen == 0)
		return false;
	appendBinaryStringInfo(out, sign, signlen);
	appendBinaryStringInfo(out, folded, len);
	appendStringInfoChar(out, '=');
	return true;
}

/* Is there white space, or a control character, at s?  Sets its length. */
static bool
is_blank_at(const char *s, const char *end, int *len)
{
	unsigned char c = *s;
	UChar32		code;

	*len = 1;
	if (c < 0x80)
		return c <= ' ' || c == 0x7F;
	code = (UChar32) BiDecodeChar(s, end, len);
	return u_isUWhiteSpace(code) || u_iscntrl(code);
}

void
BiAppendFieldText(const char *s, int len, bool open_start, bool open_end,
				  StringInfo out)
{
	BiFoldOptions options = {.accents = true, .points = true};
	const char *end = s + len;
	int			start = out->len;
	bool		first = true;
	bool		blank = false;

	while (s < end && out->len - start <= BI_MAX_FIELD_TEXT)
	{
		const char *word = s;
		int			clen;
		int			wordlen;

		CHECK_FOR_INTERRUPTS();
		while (s < end && is_blank_at(s, end, &clen))
			s += clen;
		blank = s > word && (out->len > start || (first && open_start));
		if (s == end)
			break;
		if (blank)
			appendStringInfoChar(out, ' ');
		word = s;
		while (s < end && !is_blank_at(s, end, &clen))
			s += clen;
		wordlen = s - word;
		if (wordlen > MAX_WORD_READ)
			wordlen = pg_mbcliplen(word, wordlen, MAX_WORD_READ);
		if (BiIsAmpersandToken(word, wordlen))
			appendStringInfoString(out, "and");
		else
			BiFold(word, wordlen, &options, !(first && open_start && !blank) &&
				   !(s == end && open_end), out);
		first = blank = false;
	}
	if (blank && open_end)
		appendStringInfoChar(out, ' ');
}

void
BiCutFieldText(StringInfo out, int start)
{
	int			len = out->len - start;

	if (len > BI_MAX_FIELD_TEXT)
		len = pg_mbcliplen(out->data + start, len, BI_MAX_FIELD_TEXT);
	while (len > 0 && out->data[start + len - 1] == ' ')
		len--;
	out->len = start + len;
	out->data[out->len] = '\0';
}

void
BiAppendFieldDate(int year, int month, int day, StringInfo out)
{
	appendStringInfo(out, "%04d-%02d-%02d", year, month, day);
}

/* a number: digits times ten to the exponent, with a point after the first */
typedef struct Decimal
{
	bool		negative;
	int64		exponent;
	int			ndigits;		/* 0: zero */
	char		digits[BI_MAX_DIGITS];
} Decimal;

/* Read digits and a point; returns where they end, or NULL without digits. */
static const char *
read_digits(const char *s, Decimal *decimal)
{
	bool		any = false;
	bool		point = false;
	bool		begun = false;

	decimal->exponent = -1;
	for (;; s++)
	{
		if (*s == '.' && !point)
		{
			point = true;
			continue;
		}
		if (*s < '0' || *s > '9')
			return any ? s : NULL;
		any = true;
		begun |= *s != '0';
		/* before the point each digit counts, after it each leading zero */
		if (begun && !point)
			decimal->exponent++;
		else if (!begun && point)
			decimal->exponent--;
		if (begun && decimal->ndigits < BI_MAX_DIGITS)
			decimal->digits[decimal->ndigits++] = *s;
	}
}

/* Read the whole of s as a number. */
static bool
read_decimal(const char *s, Decimal *decimal)
{
	int64		typed = 0;
	bool		negative;

	decimal->ndigits = 0;
	decimal->negative = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	s = read_digits(s, decimal);
	if (s == NULL)
		return false;
	if (*s == 'e' || *s == 'E')
	{
		negative = *++s == '-';
		if (*s == '-' || *s == '+')
			s++;
		if (*s == '\0')
			return false;
		for (; *s >= '0' && *s <= '9'; s++)
			typed = Min(typed * 10 + (*s - '0'), MAX_TYPED_EXPONENT);
		decimal->exponent += negative ? -typed : typed;
	}
	while (decimal->ndigits > 0 &&
		   decimal->digits[decimal->ndigits - 1] == '0')
		decimal->ndigits--;
	return *s == '\0';
}

/* Complement the characters from start on. */
static void
complement(StringInfo out, int start)
{
	for (int i = start; i < out->len; i++)
	{
		char	   *c = &out->data[i];

		if (*c >= '0' && *c <= '9')
			*c = '9' - (*c - '0');
		else if (*c >= 'a')
			*c = 'Z' - (*c - 'a');
		else
			*c = 'a' + ('Z' - *c);
	}
}

bool
BiAppendFieldNumber(const char *s, StringInfo out)
{
	Decimal		decimal;
	char		exponent[32];
	int			len;
	int			start;

	if (!read_decimal(s, &decimal))
		return false;
	if (decimal.ndigits == 0)
	{
		appendStringInfoChar(out, '0');
		return true;
	}
	len = snprintf(exponent, sizeof(exponent), "%lld",
				   (long long) (decimal.exponent < 0 ? -decimal.exponent :
								decimal.exponent));
	if (len > BI_MAX_EXPONENT_DIGITS)
		return false;

	if (decimal.negative)
		appendStringInfoChar(out, '-');
	start = out->len;
	appendStringInfoChar(out, decimal.exponent < 0 ? 'Z' - (len - 1) :
						 'a' + (len - 1));
	appendBinaryStringInfo(out, exponent, len);
	if (decimal.exponent < 0)
		complement(out, start + 1);
	appendBinaryStringInfo(out, decimal.digits, decimal.ndigits);
	if (decimal.negative)
	{
		complement(out, start);
		appendStringInfoChar(out, '~');
	}
	return true;
}
