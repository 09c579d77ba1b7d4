/*
 * chars.h
 *	  The character classes of the query language.
 */
#ifndef BI_CHARS_H
#define BI_CHARS_H

#include <unicode/uchar.h>

#include "base/encoding.h"

static inline bool
BiIsSpace(uint32 c)
{
	if (c < 0x80)
		return c == ' ' || (c >= '\t' && c <= '\r');
	return u_isUWhiteSpace(c);
}

/* a letter, or a mark that belongs to the letter before it */
static inline bool
BiIsLetter(uint32 c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	return u_isUAlphabetic(c) || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
}

static inline bool
BiIsDigit(uint32 c)
{
	if (c < 0x80)
		return c >= '0' && c <= '9';
	return (U_GET_GC_MASK(c) & U_GC_N_MASK) != 0;
}

static inline bool
BiIsWordChar(uint32 c)
{
	return BiIsLetter(c) || BiIsDigit(c);
}

/* value of a decimal digit of any script, or -1 */
static inline int
BiDigitValue(uint32 c)
{
	if (c < 0x80)
		return (c >= '0' && c <= '9') ? (int) (c - '0') : -1;
	return u_charType(c) == U_DECIMAL_DIGIT_NUMBER ? u_charDigitValue(c) : -1;
}

static inline bool
BiIsHebrew(uint32 c)
{
	return c >= 0x05D0 && c <= 0x05EA;
}

/* opens or closes a phrase */
static inline bool
BiIsQuote(uint32 c)
{
	switch (c)
	{
		case '"':
		case 0x201C:			/* left, right, low, high-reversed double */
		case 0x201D:
		case 0x201E:
		case 0x201F:
		case 0x00AB:			/* guillemets */
		case 0x00BB:
		case 0xFF02:			/* full width */
		case 0x301D:			/* CJK double prime */
		case 0x301E:
		case 0x300C:			/* CJK corner brackets */
		case 0x300D:
		case 0x300E:
		case 0x300F:
			return true;
		default:
			return false;
	}
}

static inline bool
BiIsOpen(uint32 c)
{
	return c == '(' || c == 0xFF08;
}

static inline bool
BiIsClose(uint32 c)
{
	return c == ')' || c == 0xFF09;
}

static inline bool
BiIsBar(uint32 c)
{
	return c == '|' || c == 0xFF5C;
}

static inline bool
BiIsAmpersand(uint32 c)
{
	return c == '&' || c == 0xFF06;
}

#endif							/* BI_CHARS_H */
