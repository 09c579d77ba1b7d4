/*
 * field_value.h
 *	  Values of fields of one's own as lexemes (query-language section 9).
 *
 * A value's lexeme is BI_SENTENCE_SIGN, the field's folded name, "=", and the
 * value.  Texts are folded.  Dates are yyyy-mm-dd.  Numbers are written so
 * that their bytes sort as they do:
 *
 *		zero		"0"
 *		positive	exponent digits
 *		negative	"-" and the same, each character complemented, and "~"
 *
 * where the number is digits, with a point after the first one, times ten to
 * the exponent.  Digits end with none that is 0, and only the first
 * BI_MAX_DIGITS count.  The exponent is the number of its own digits, "a"
 * for one to "f" for six, and the digits: 740 is "a274".  A negative one is
 * "Z" for one to "U" for six, and the digits complemented: 0.05 is "Z75".
 * The complement of a digit d is 9 - d, of "a" "Z", of "f" "U": -740 is
 * "-Z725~".
 */
#ifndef BI_FIELD_VALUE_H
#define BI_FIELD_VALUE_H

#include "lib/stringinfo.h"

/* bytes of a text that count */
#define BI_MAX_FIELD_TEXT 500

/* digits of a number that count */
#define BI_MAX_DIGITS 100

/* digits of an exponent */
#define BI_MAX_EXPONENT_DIGITS 6

/* bytes of a date */
#define BI_DATE_LEN 10

/*
 * Append the sign, the folded name and "=".  Returns false, and appends
 * nothing, if the database encoding does not have the sign.
 */
extern bool BiAppendFieldStart(const char *folded, int len, StringInfo out);

/*
 * Append a text as it is stored: each word folded, a lone ampersand as "and",
 * white space and control characters as one blank, and none of them at its
 * ends.  A word at an open
 * end is part of one, and a blank there stays.
 */
extern void BiAppendFieldText(const char *s, int len, bool open_start,
							  bool open_end, StringInfo out);

/*
 * Cut the text that begins at start to BI_MAX_FIELD_TEXT bytes, whole
 * characters; no blank is left at its end.
 */
extern void BiCutFieldText(StringInfo out, int start);

/* Append a date of the years 1 to 9999. */
extern void BiAppendFieldDate(int year, int month, int day, StringInfo out);

/*
 * Append a number, of which s is the usual decimal form, perhaps with an
 * exponent.  Returns false if it is none or its exponent is too large.
 */
extern bool BiAppendFieldNumber(const char *s, StringInfo out);

#endif							/* BI_FIELD_VALUE_H */
