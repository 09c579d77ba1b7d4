/*
 * initials.c
 *	  Initials with blanks between, which are one chunk (J. K. Rowling), as
 *	  they are one token of a document (text/tokenize.c).
 */
#include "postgres.h"

#include "query/bind.h"
#include "query/chars.h"

/* Is there a single capital, with its marks and a full stop, before i? */
static bool
initial_before(const BiChar *chars, int i)
{
	uint32		c;

	if (i < 2 || chars[--i].c != '.')
		return false;
	while (i > 1 && (U_GET_GC_MASK(chars[i - 1].c) & U_GC_M_MASK) != 0)
		i--;
	if (!u_isUUppercase(chars[--i].c))
		return false;
	c = i > 0 ? chars[i - 1].c : ' ';
	return !BiIsWordChar(c) && c != '.' && !BiIsApostrophe(c);
}

/* ... and after i, with nothing glued to the full stop? */
static bool
initial_after(const BiChar *chars, int n, int i)
{
	if (i + 1 >= n || !u_isUUppercase(chars[i].c))
		return false;
	for (i++; i < n && (U_GET_GC_MASK(chars[i].c) & U_GC_M_MASK) != 0;)
		i++;
	if (i >= n || chars[i].c != '.')
		return false;
	return i + 1 == n ||
		(!BiIsWordChar(chars[i + 1].c) && chars[i + 1].c != '_');
}

bool
BiJoinsInitials(const BiChar *chars, int n, int i)
{
	return chars[i].c != 0x2029 && initial_before(chars, i) &&
		initial_after(chars, n, i + 1);
}
