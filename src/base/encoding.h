/*
 * encoding.h
 *	  Text of the database encoding as Unicode code points, and back.
 *
 * Works in every server encoding: UTF8 is decoded here, SQL_ASCII is read as
 * UTF-8 where it is valid UTF-8, and any other encoding goes through the
 * server's own conversion.  Nothing here raises on malformed text: a byte
 * that belongs to no character, and a character that Unicode does not have,
 * become BI_BAD_CHAR, which is neither a letter nor a digit and therefore
 * separates words.
 */
#ifndef BI_ENCODING_H
#define BI_ENCODING_H

#define BI_BAD_CHAR 0xFFFD

/* Is c one of the characters that are typed as an apostrophe? */
static inline bool
BiIsApostrophe(uint32 c)
{
	return c == '\'' || c == 0x2018 || c == 0x2019 || c == 0x201B ||
		c == 0x02BC || c == 0xFF07;
}

/*
 * Code point of the character that starts at s, which ends before end
 * (s < end).  Sets *len to its length in bytes, at least 1 and never beyond
 * end.
 */
extern uint32 BiDecodeChar(const char *s, const char *end, int *len);

/* Length in bytes of the character at s, as BiDecodeChar sets it. */
extern int	BiCharLen(const char *s, const char *end);

/*
 * Append code point c in the database encoding to buf (at least
 * MAX_MULTIBYTE_CHAR_LEN + 1 bytes).  Returns the bytes written, 0 if the
 * encoding has no such character (LATIN1 has no Han script, for example).
 */
extern int	BiEncodeChar(uint32 c, char *buf);

/*
 * Decode the len bytes at text.  Fills chars[0..n) with code points and
 * offsets[0..n] with byte offsets (offsets[n] = len); returns n <= len.  The
 * caller provides both arrays, with room for len and len + 1 elements.
 */
extern int	BiDecode(const char *text, int len, uint32 *chars, int32 *offsets);

#endif							/* BI_ENCODING_H */
