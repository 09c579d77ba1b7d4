/*
 * markup.c
 *	  Text of HTML: without tags and comments, and with entities as the
 *	  characters they stand for.
 *
 * Most of what is read here was once a page, or a field of a feed, or plain
 * text with a few tags in it; some never had any, and has signs that look
 * like them.  So what is removed must be markup beyond doubt ("5 < 6", "a<b"
 * and "<john@provider.com>" are none), and what is opened and never closed, a
 * comment above all, stays.
 *
 * A tag that begins or ends a block ends a paragraph; any other does nothing,
 * not even between letters.  Where a paragraph or line ends, the white space
 * around the tags goes.
 */
#include "postgres.h"

#include <unicode/uchar.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "base/encoding.h"
#include "clean/clean.h"
#include "clean/element.h"
#include "clean/entity.h"
#include "clean/hash_list.h"

/* bytes of text between checks for interrupts */
#define CHUNK_BYTES 65536

/* bytes of a tag, with a picture perhaps; and once many were read in vain */
#define MAX_TAG		(1 << 24)
#define SHORT_TAG	256

/* bytes of how a word is read */
#define MAX_READING	200

/* digits of a note's number */
#define MAX_NOTE	3

typedef struct Markup
{
	const char *start;
	const char *end;
	char	   *first;			/* of what is written */
	char	   *out;			/* where to write */
	int			breaks;			/* line breaks before what is written next */
	bool		block;			/* are they a tag's doing? */
	bool		apart;			/* keep the next word apart from the last */
	bool		in_paragraph;	/* are blank lines white space? */
	bool		superscript;	/* is what comes next one? */
	bool		cdata;			/* in a section of CDATA */
	/* what does not come any more, by the sign or element */
	bool		no_quote[2];
	bool		no_bracket;
	bool		no_comment_end;
	bool		no_raw_end[2];
	int64		in_vain;		/* bytes of tags that were none */
	bool		has_closed;		/* has closed been filled? */
	BiHashList	closed;			/* names in end tags */
	char		nbsp[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			nbsp_len;		/* 0 if it is not looked for */
} Markup;

/* a tag as it was read */
typedef struct Tag
{
	const char *name;
	int			name_len;
	bool		closing;		/* </name> */
	bool		empty;			/* <name/> */
	bool		bare;			/* without attributes */
	bool		valued;			/* an attribute has a value */
} Tag;

static inline bool
is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
is_word_byte(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || IS_HIGHBIT_SET(c);
}

/* Take white space off the end of what is written; its line breaks count. */
static void
trim(Markup *m)
{
	int			breaks = 0;

	while (m->out > m->first)
	{
		if (is_white(m->out[-1]))
			breaks += *--m->out == '\n';
		else if (m->nbsp_len > 0 && m->out - m->first >= m->nbsp_len &&
				 memcmp(m->out - m->nbsp_len, m->nbsp, m->nbsp_len) == 0)
			m->out -= m->nbsp_len;
		else
			break;
	}
	if (breaks > 1 && !m->in_paragraph)
		m->breaks = 2;
}

/* A line or, with block, a paragraph ends here. */
static void
end_line(Markup *m, bool block)
{
	trim(m);
	m->breaks = block ? 2 : Min(m->breaks + 1, 2);
	m->block |= block;
	m->superscript = false;
}

/* Write the line breaks, or the blank, that is due before a text at s. */
static void
write_break(Markup *m, char next)
{
	if (m->breaks > 0 && m->out > m->first)
	{
		*m->out++ = '\n';
		if (m->block)
			*m->out++ = BI_TAG_BREAK;
		if (m->breaks > 1)
			*m->out++ = '\n';
	}
	else if (m->apart && m->out > m->first && is_word_byte(m->out[-1]) &&
			 is_word_byte(next))
		*m->out++ = ' ';
	m->breaks = 0;
	m->block = false;
	m->apart = false;
}

/* Write a character; false if the encoding does not have it. */
static bool
write_char(Markup *m, uint32 c)
{
	char		buf[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			len = BiEncodeChar(c, buf);
	bool		white = u_isUWhiteSpace((UChar32) c);

	if (len == 0)
	{
		/* what is not seen is not missed */
		if (!white)
			return u_hasBinaryProperty((UChar32) c,
									   UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
		buf[0] = ' ';
		len = 1;
	}
	if (white && m->breaks > 0)
		return true;
	write_break(m, buf[0]);
	memcpy(m->out, buf, len);
	m->out += len;
	m->superscript = false;
	return true;
}

/*
 * Write a number of a note, so that it does not become part of the word
 * before it (workers<sup>1</sup>); false if s .. end is none.
 */
static bool
write_note(Markup *m, const char *s, const char *end)
{
	static const uint16 signs[] = {
		0x2070, 0x00B9, 0x00B2, 0x00B3, 0x2074, 0x2075, 0x2076, 0x2077,
		0x2078, 0x2079
	};
	char		buf[MAX_MULTIBYTE_CHAR_LEN + 1];

	if (end - s > MAX_NOTE || m->end - end < 2 || end[0] != '<' ||
		end[1] != '/' || m->breaks > 0)
		return false;
	for (const char *p = s; p < end; p++)
	{
		int			len;

		if (*p < '0' || *p > '9')
			return false;
		/* it must not take more room than it had with its tags */
		len = BiEncodeChar(signs[*p - '0'], buf);
		if (len == 0 || len > 3)
			return false;
	}
	for (; s < end; s++)
		(void) write_char(m, signs[*s - '0']);
	return true;
}

/* Write text of an element in which blank lines do not end a paragraph. */
static void
write_flowing(Markup *m, const char *s, const char *end)
{
	while (s < end)
	{
		/* of white space after a line break only the last line stays */
		if (m->out > m->first && m->out[-1] == '\n')
		{
			for (const char *p = s; p < end && is_white(*p);)
			{
				if (*p++ == '\n')
					s = p;
			}
			if (s == end)
				return;
		}
		do
			*m->out++ = *s;
		while (*s++ != '\n' && s < end);
	}
}

/* Write the text s .. end, which has no markup. */
static void
write_text(Markup *m, const char *s, const char *end)
{
	if (m->breaks > 0)
	{
		int			breaks = 0;

		while (s < end && is_white(*s))
			breaks += *s++ == '\n';
		if (breaks > 1 && !m->in_paragraph)
			m->breaks = 2;
	}
	if (s == end)
		return;
	if (m->superscript && write_note(m, s, end))
		return;
	m->superscript = false;
	write_break(m, *s);
	if (m->in_paragraph)
		write_flowing(m, s, end);
	else
	{
		memcpy(m->out, s, end - s);
		m->out += end - s;
	}
}

static inline bool
is_sign(char c)
{
	return c == '<' || c == '&' || c == ']';
}

/* Where text ends that goes on at s: before what may be markup. */
static const char *
text_end(const Markup *m, const char *s)
{
	const char *end = s + Min(m->end - s, CHUNK_BYTES);

	while (s < end && (!is_sign(*s) || (*s == ']' && !m->cdata)))
		s++;
	return s;
}

/* Where the quoted value that begins after the mark at s ends, or NULL. */
static const char *
quoted_end(Markup *m, const char *s, const char *limit)
{
	int			which = *s == '"' ? 0 : 1;
	const char *found = NULL;

	if (!m->no_quote[which])
	{
		found = memchr(s + 1, *s, limit - s - 1);
		m->no_quote[which] = found == NULL && limit == m->end;
	}
	return found == NULL ? NULL : found + 1;
}

/*
 * Where a tag whose name ends at s ends, NULL if it does not.  Notes what
 * attributes it has.
 */
static const char *
tag_end(Markup *m, const char *s, const char *limit, Tag *tag)
{
	while (s < limit)
	{
		const char *value;

		CHECK_FOR_INTERRUPTS();
		if (*s == '>')
			return s + 1;
		if (*s == '<')
			return NULL;
		if (is_white(*s) || *s == '/')
		{
			tag->empty = *s++ == '/' && s < limit && *s == '>';
			continue;
		}
		/* an attribute */
		tag->bare = false;
		while (++s < limit && !is_white(*s) && *s != '/' && *s != '>' &&
			   *s != '<' && *s != '=')
			 /* its name */ ;
		for (value = s; value < limit && is_white(*value); value++)
			 /* blanks before the sign */ ;
		if (value == limit || *value != '=')
			continue;
		tag->valued = true;
		for (s = value + 1; s < limit && is_white(*s); s++)
			 /* blanks after it */ ;
		value = s < limit && (*s == '"' || *s == '\'') ?
			quoted_end(m, s, limit) : NULL;
		if (value != NULL)
			s = value;
		else
			while (s < limit && !is_white(*s) && *s != '>')
				s++;
	}
	return NULL;
}

static uint64
name_hash(const char *name, int len)
{
	uint64		hash = BI_HASH_SEED;

	for (int i = 0; i < len; i++)
		hash = BiHashNext(hash, pg_ascii_tolower((unsigned char) name[i]));
	return hash;
}

/* Length of the name of an element at s, 0 if there is none. */
static int
name_length(const char *s, const char *end)
{
	const char *p = s;

	if (p == end || !is_letter(*p))
		return 0;
	while (p < end && (is_letter(*p) || (*p >= '0' && *p <= '9') ||
					   *p == ':' || *p == '.' || *p == '_' || *p == '-'))
		p++;
	/* as in http://... */
	if (p == end || p[-1] == ':' ||
		(!is_white(*p) && *p != '/' && *p != '>'))
		return 0;
	return p - s;
}

/* Does the text have an end tag of this name? */
static bool
is_closed(Markup *m, const Tag *tag)
{
	if (!m->has_closed)
	{
		const char *s = m->start;

		m->has_closed = true;
		while ((s = memchr(s, '<', m->end - s)) != NULL)
		{
			int			len;

			CHECK_FOR_INTERRUPTS();
			s++;
			if (s == m->end || *s != '/')
				continue;
			len = name_length(++s, m->end);
			if (len > 0)
				BiHashListAdd(&m->closed, name_hash(s, len));
		}
		BiHashListSort(&m->closed);
	}
	return BiHashListCount(&m->closed, name_hash(tag->name,
												 tag->name_len)) > 0;
}

/*
 * Is that markup and not text?  Between signs of less and greater there may
 * be anything, so attributes must have a value, and names that HTML does not
 * have an end tag.
 */
static bool
is_markup(Markup *m, const Tag *tag, BiElement element)
{
	static const char *const flags[] = {"hr", "table", "td", "th", "ol", "ul",
		"dl", "img", "input", "option", "script", "video", "audio", "iframe"
	};

	if (tag->closing || tag->valued || tag->empty)
		return true;
	if (element == BI_ELEMENT_UNKNOWN)
		return tag->bare && is_closed(m, tag);
	if (tag->bare)
		return true;
	/* <hr noshade>, <td nowrap> */
	for (int i = 0; i < (int) lengthof(flags); i++)
		if (pg_strncasecmp(flags[i], tag->name, tag->name_len) == 0 &&
			flags[i][tag->name_len] == '\0')
			return true;
	return false;
}

/*
 * Where the content of a script or style that begins at s ends, after the
 * end tag; s if it does not, since then it is not known to be one.
 */
static const char *
raw_end(Markup *m, const char *s, const Tag *tag)
{
	bool	   *none = &m->no_raw_end[tag->name_len == 5];
	const char *p = s;

	while (!*none && (p = memchr(p, '<', m->end - p)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		p++;
		if (m->end - p > tag->name_len + 1 && *p == '/' &&
			pg_strncasecmp(p + 1, tag->name, tag->name_len) == 0 &&
			name_length(p + 1, m->end) == tag->name_len)
		{
			p = memchr(p, '>', m->end - p);
			if (p == NULL)
				break;
			return p + 1;
		}
	}
	*none = true;
	return s;
}

/* Do what a tag does that ends before s; returns where to read on. */
static const char *
apply_tag(Markup *m, const char *s, const Tag *tag, BiElement element)
{
	const char *next;

	switch (element)
	{
		case BI_ELEMENT_UNKNOWN:
			/* what a namespace has is mostly part of a line (Word's) */
			m->apart |= memchr(tag->name, ':', tag->name_len) == NULL;
			break;
		case BI_ELEMENT_INLINE:
			break;
		case BI_ELEMENT_BLOCK:
		case BI_ELEMENT_PARAGRAPH:
			end_line(m, true);
			/* of text that has but a <p> here and there, lines count */
			m->in_paragraph = element == BI_ELEMENT_PARAGRAPH &&
				!tag->closing && is_closed(m, tag);
			break;
		case BI_ELEMENT_BREAK:
			end_line(m, false);
			break;
		case BI_ELEMENT_RAW:
			if (!tag->closing && !tag->empty)
				return raw_end(m, s, tag);
			break;
		case BI_ELEMENT_READING:
			next = tag->closing ? NULL :
				memchr(s, '<', Min(m->end - s, MAX_READING));
			/* </rt>, <rp>, </ruby> */
			if (next != NULL && m->end - next > 2 &&
				(next[1 + (next[1] == '/')] | 0x20) == 'r')
				return next;
			break;
		case BI_ELEMENT_SUPERSCRIPT:
			m->superscript = !tag->closing;
			break;
	}
	return s;
}

/* Read the tag at s; NULL if there is none. */
static const char *
read_tag(Markup *m, const char *s)
{
	Tag			tag = {.bare = true};
	int			most = MAX_TAG;
	const char *limit;
	const char *end;
	BiElement	element;

	tag.closing = s[1] == '/';
	tag.name = s + 1 + tag.closing;
	tag.name_len = name_length(tag.name, m->end);
	if (tag.name_len == 0)
		return NULL;
	/* however signs are arranged, time stays in proportion to the text */
	if (m->in_vain > m->end - m->start)
		most = SHORT_TAG + tag.name_len;
	limit = s + Min(m->end - s, most);
	element = BiElementByName(tag.name, tag.name_len);
	end = tag_end(m, tag.name + tag.name_len, limit, &tag);
	if (end != NULL && is_markup(m, &tag, element))
		return apply_tag(m, end, &tag, element);
	m->in_vain += (end != NULL ? end : limit) - s;
	return NULL;
}

/* Where a comment ends whose text begins at s; NULL if it does not. */
static const char *
comment_end(Markup *m, const char *s)
{
	const char *p = s;

	if (s < m->end && *s == '>')
		return s + 1;
	if (m->end - s > 1 && s[0] == '-' && s[1] == '>')
		return s + 2;
	while (!m->no_comment_end && (p = memchr(p, '>', m->end - p)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if ((p - s >= 2 && p[-1] == '-' && p[-2] == '-') ||
			(p - s >= 3 && p[-1] == '!' && p[-2] == '-' && p[-3] == '-'))
			return p + 1;
		p++;
	}
	m->no_comment_end = true;
	return NULL;
}

/*
 * Read the comment, declaration or instruction at s, or the beginning of a
 * section of CDATA, whose content is read on: it mostly is HTML.  NULL if
 * there is none.
 */
static const char *
read_declaration(Markup *m, const char *s)
{
	const char *end = NULL;

	if (m->end - s >= 4 && memcmp(s, "<!--", 4) == 0)
		return comment_end(m, s + 4);
	if (m->end - s >= 9 && memcmp(s, "<![CDATA[", 9) == 0)
	{
		m->cdata = true;
		return s + 9;
	}
	if (m->end - s > 2 && !m->no_bracket &&
		(is_letter(s[2]) || (s[1] == '!' && s[2] == '[')))
	{
		end = memchr(s, '>', m->end - s);
		m->no_bracket = end == NULL;
	}
	return end == NULL ? NULL : end + 1;
}

/* Read the markup at s, one of < & ]; NULL if it is text. */
static const char *
read_markup(Markup *m, const char *s)
{
	const char *end;
	uint32		c;

	if (*s == '&')
	{
		end = BiReadEntity(s, m->end, &c);
		return end != NULL && write_char(m, c) ? end : NULL;
	}
	if (*s == ']')
	{
		if (!m->cdata || m->end - s < 3 || memcmp(s, "]]>", 3) != 0)
			return NULL;
		m->cdata = false;
		return s + 3;
	}
	if (m->end - s < 2)
		return NULL;
	return s[1] == '!' || s[1] == '?' ? read_declaration(m, s) :
		read_tag(m, s);
}

int
BiCleanMarkup(const char *text, int len, char *out)
{
	Markup		m = {.start = text, .end = text + len, .first = out,
	.out = out};
	const char *s = text;

	/* where bytes of one character cannot be taken for another */
	if (pg_database_encoding_max_length() == 1 ||
		GetDatabaseEncoding() == PG_UTF8)
		m.nbsp_len = BiEncodeChar(0x00A0, m.nbsp);
	while (s < m.end)
	{
		const char *next;

		CHECK_FOR_INTERRUPTS();
		next = is_sign(*s) ? read_markup(&m, s) : NULL;
		if (next == NULL)
		{
			next = text_end(&m, s + 1);
			write_text(&m, s, next);
		}
		s = next;
	}
	BiHashListFree(&m.closed);
	return m.out - m.first;
}
