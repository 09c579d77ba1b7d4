/*
 * encoding.c
 *	  Text of the database encoding as Unicode code points, and back.
 *
 * ASCII is the same in every server encoding and never leaves the fast path.
 * Encodings other than UTF8, SQL_ASCII and LATIN1 are converted in blocks by
 * the server's conversion function, looked up once per call; a block whose
 * characters do not map one to one is converted character by character.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "mb/pg_wchar.h"

#include "base/encoding.h"

/* bytes converted by one call of the server's conversion function */
#define BLOCK_BYTES 1024

/*
 * Decode the UTF-8 sequence at s.  The first byte of an overlong form, a
 * surrogate, a code point above U+10FFFF or a truncated sequence is one bad
 * byte.
 */
static uint32
decode_utf8(const unsigned char *s, const unsigned char *end, int *len)
{
	int			need;
	uint32		c;

	*len = 1;
	if (s[0] < 0x80)
		return s[0];
	if (s[0] < 0xC2 || s[0] > 0xF4)
		return BI_BAD_CHAR;

	need = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
	if (end - s < need)
		return BI_BAD_CHAR;

	c = s[0] & (0x7F >> need);
	for (int i = 1; i < need; i++)
	{
		if ((s[i] & 0xC0) != 0x80)
			return BI_BAD_CHAR;
		c = (c << 6) | (s[i] & 0x3F);
	}
	if ((need == 3 && (c < 0x800 || (c >= 0xD800 && c <= 0xDFFF))) ||
		(need == 4 && (c < 0x10000 || c > 0x10FFFF)))
		return BI_BAD_CHAR;

	*len = need;
	return c;
}

/*
 * Whether the database encoding is decoded here; false if the server's
 * conversion has to do it.
 */
static inline bool
is_plain(int encoding)
{
	return encoding == PG_UTF8 || encoding == PG_SQL_ASCII ||
		encoding == PG_LATIN1;
}

/* Decode one character of an encoding for which is_plain() holds. */
static inline uint32
decode_plain(int encoding, const char *s, const char *end, int *len)
{
	if (encoding == PG_LATIN1)
	{
		*len = 1;
		return (unsigned char) *s;
	}
	return decode_utf8((const unsigned char *) s,
					   (const unsigned char *) end, len);
}

/*
 * Length of the character at s by its first byte, 0 if it would go beyond
 * end.
 */
static inline int
mblen_within(const char *s, const char *end)
{
	int			len = pg_mblen(s);

	return len <= end - s ? len : 0;
}

/*
 * Decode the one character at s, of len bytes, with conversion function proc.
 * BI_BAD_CHAR if it cannot be converted.  A character that Unicode writes as
 * a letter followed by a combining mark (some of JIS X 0213) is decoded as
 * the letter alone.
 */
static uint32
convert_char(Oid proc, const char *s, int len)
{
	unsigned char utf8[(MAX_MULTIBYTE_CHAR_LEN + 1) * MAX_CONVERSION_GROWTH];
	int			used;
	int			ignored;

	/* some conversions look beyond the length they are given */
	char		one[MAX_MULTIBYTE_CHAR_LEN + 1];

	memcpy(one, s, len);
	one[len] = '\0';
	used = pg_do_encoding_conversion_buf(proc, GetDatabaseEncoding(), PG_UTF8,
										 (unsigned char *) one, len,
										 utf8, sizeof(utf8), true);
	if (used != len || utf8[0] == '\0')
		return BI_BAD_CHAR;
	return decode_utf8(utf8, utf8 + strlen((char *) utf8), &ignored);
}

/*
 * Decode the character at s with conversion function proc.  Sets *len to its
 * bytes.
 */
static uint32
convert_at(Oid proc, const char *s, const char *end, int *len)
{
	uint32		c = BI_BAD_CHAR;

	*len = 1;
	if ((unsigned char) *s < 0x80)
		return (unsigned char) *s;
	*len = mblen_within(s, end);
	if (*len > 0 && OidIsValid(proc))
		c = convert_char(proc, s, *len);
	if (c == BI_BAD_CHAR &&
		(*len <= 0 || pg_encoding_verifymbchar(GetDatabaseEncoding(), s,
											   *len) != *len))
		*len = 1;
	return c;
}

/*
 * Decode the len bytes at text, which are whole characters judging by their
 * first bytes, with one call of proc.  Returns the number of characters, or
 * -1 if they do not map one to one or cannot be converted.
 */
static int
convert_block(Oid proc, const char *text, int len, int base,
			  uint32 *chars, int32 *offsets)
{
	unsigned char source[BLOCK_BYTES + 1];
	unsigned char utf8[(BLOCK_BYTES + 2) * MAX_CONVERSION_GROWTH];
	const unsigned char *p = utf8;
	const unsigned char *end;
	const char *s = text;
	int			n = 0;

	if (!OidIsValid(proc))
		return -1;
	memcpy(source, text, len);
	source[len] = '\0';
	if (pg_do_encoding_conversion_buf(proc, GetDatabaseEncoding(), PG_UTF8,
									  source, len,
									  utf8, sizeof(utf8), true) != len)
		return -1;
	end = utf8 + strlen((char *) utf8);

	while (p < end && s < text + len)
	{
		int			plen;

		chars[n] = decode_utf8(p, end, &plen);
		offsets[n++] = base + (int32) (s - text);
		p += plen;
		s += pg_mblen(s);
	}
	return p == end && s == text + len ? n : -1;
}

/*
 * Bytes, at most BLOCK_BYTES, of the whole characters at s; 0 if not even
 * the first is whole.
 */
static int
block_length(const char *s, const char *end)
{
	const char *p = s;

	while (p < end)
	{
		int			len = mblen_within(p, end);

		if (len == 0 || *p == '\0' || p + len - s > BLOCK_BYTES)
			break;
		p += len;
	}
	return (int) (p - s);
}

/* BiDecode for the encodings that need the server's conversion. */
static int
decode_by_server(const char *text, int len, uint32 *chars, int32 *offsets)
{
	Oid			proc = FindDefaultConversionProc(GetDatabaseEncoding(),
												 PG_UTF8);
	const char *end = text + len;
	const char *s = text;
	int			n = 0;

	while (s < end)
	{
		const char *stop;
		int			bytes = block_length(s, end);
		int			got = -1;

		if (bytes > 0)
			got = convert_block(proc, s, bytes, (int) (s - text),
								chars + n, offsets + n);
		if (got >= 0)
		{
			n += got;
			s += bytes;
			continue;
		}

		stop = s + Max(bytes, 1);
		while (s < stop)
		{
			int			clen;

			chars[n] = convert_at(proc, s, end, &clen);
			offsets[n++] = (int32) (s - text);
			s += clen;
		}
	}
	offsets[n] = len;
	return n;
}

uint32
BiDecodeChar(const char *s, const char *end, int *len)
{
	int			encoding = GetDatabaseEncoding();

	if ((unsigned char) *s < 0x80)
	{
		*len = 1;
		return (unsigned char) *s;
	}
	if (is_plain(encoding))
		return decode_plain(encoding, s, end, len);
	return convert_at(FindDefaultConversionProc(encoding, PG_UTF8),
					  s, end, len);
}

int
BiCharLen(const char *s, const char *end)
{
	int			encoding = GetDatabaseEncoding();
	int			len;

	if ((unsigned char) *s < 0x80)
		return 1;
	if (is_plain(encoding))
		(void) decode_plain(encoding, s, end, &len);
	else
		(void) BiDecodeChar(s, end, &len);
	return len;
}

int
BiEncodeChar(uint32 c, char *buf)
{
	int			encoding = GetDatabaseEncoding();
	unsigned char utf8[MAX_MULTIBYTE_CHAR_LEN + 1];
	unsigned char out[(MAX_MULTIBYTE_CHAR_LEN + 1) * MAX_CONVERSION_GROWTH];
	Oid			proc;
	int			len;

	if (c < 0x80)
	{
		buf[0] = (char) c;
		return 1;
	}
	if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return 0;
	if (encoding == PG_LATIN1)
	{
		buf[0] = (char) c;
		return c <= 0xFF ? 1 : 0;
	}

	unicode_to_utf8(c, utf8);
	len = pg_utf_mblen(utf8);
	if (is_plain(encoding))
	{
		memcpy(buf, utf8, len);
		return len;
	}

	utf8[len] = '\0';
	proc = FindDefaultConversionProc(PG_UTF8, encoding);
	if (!OidIsValid(proc) ||
		pg_do_encoding_conversion_buf(proc, PG_UTF8, encoding, utf8, len,
									  out, sizeof(out), true) != len)
		return 0;
	len = (int) strlen((char *) out);
	if (len > MAX_MULTIBYTE_CHAR_LEN)
		return 0;
	memcpy(buf, out, len);
	return len;
}

int
BiDecode(const char *text, int len, uint32 *chars, int32 *offsets)
{
	int			encoding = GetDatabaseEncoding();
	const char *end = text + len;
	const char *s = text;
	int			n = 0;

	if (!is_plain(encoding))
		return decode_by_server(text, len, chars, offsets);

	while (s < end)
	{
		int			clen;

		offsets[n] = (int32) (s - text);
		chars[n++] = decode_plain(encoding, s, end, &clen);
		s += clen;
	}
	offsets[n] = len;
	return n;
}
