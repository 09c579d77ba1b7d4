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

/* a letter or digit by itself, unlike a mark */
static inline bool
BiIsBaseChar(uint32 c)
{
	if (c < 0x80)
		return BiIsWordChar(c);
	return u_isUAlphabetic(c) || BiIsDigit(c);
}

/* a letter of which there is a capital */
static inline bool
BiIsSmall(uint32 c)
{
	if (c < 0x80)
		return c >= 'a' && c <= 'z';
	return u_isULowercase(c);
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

/* a vowel or cantillation point */
static inline bool
BiIsHebrewPoint(uint32 c)
{
	return c >= 0x0591 && c <= 0x05C7 && c != 0x05BE && c != 0x05C0 &&
		c != 0x05C3 && c != 0x05C6;
}

/* the quotation marks that may be typed for Hebrew gershayim */
static inline bool
BiIsGershayim(uint32 c)
{
	return c == '"' || c == 0x05F4 || c == 0x201C || c == 0x201D;
}

/* separates the items of a list */
static inline bool
BiIsComma(uint32 c)
{
	return c == ',' || c == ';' || c == 0x3001 || c == 0xFF0C || c == 0xFF1B;
}

/* opens or closes a phrase */
static inline bool
BiIsQuote(uint32 c)
{
	if (c < 0x80)
		return c == '"';
	switch (c)
	{
		case 0x201C:			/* left, right, low, high-reversed double */
		case 0x201D:
		case 0x201E:
		case 0x201F:
		case 0x00AB:			/* guillemets */
		case 0x00BB:
		case 0x2039:			/* single guillemets */
		case 0x203A:
		case 0x275D:			/* ornamental */
		case 0x275E:
		case 0x05F4:			/* gershayim around Hebrew words */
		case 0xFF02:			/* full width */
		case 0x301D:			/* CJK double prime */
		case 0x301E:
		case 0x300C:			/* CJK corner brackets */
		case 0x300D:
		case 0x300E:
		case 0x300F:
		case 0x300A:			/* CJK double angle brackets */
		case 0x300B:
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
