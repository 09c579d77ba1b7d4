/*
 * deparse.c
 *	  Packed bi_query to canonical text (query-language section 10).
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "query/bi_query.h"
#include "query/deparse.h"

static void print_node(const BiQuery *query, const BiNode *node,
					   StringInfo buf);

/* a letter, in ASCII or, as far as a byte tells, in any other script */
static inline bool
is_name_byte(char c)
{
	return IS_HIGHBIT_SET(c) || (c >= 'a' && c <= 'z') ||
		(c >= 'A' && c <= 'Z');
}

/*
 * Would our "!" before the word make it something else?  So do a second sign,
 * what looks as if it opened a group or quotation, and a name with ":" or "="
 * that is no field's.  The latter two are told by their bytes, so a few more
 * words get parentheses than need them.
 */
static bool
is_changed_by_not(const BiQuery *query, const BiNode *item)
{
	const char *s = BiNodeText(query, item);
	const char *end = s + item->len;
	int			len;

	if (strchr("!-[{", *s) != NULL || BiIsApostrophe(BiDecodeChar(s, end, &len)))
		return true;
	if (!is_name_byte(s[0]) || item->len < 2 || s[1] == ':' || s[1] == '=')
		return false;
	while (s < end && (is_name_byte(*s) || (*s >= '0' && *s <= '9') ||
					   *s == '_'))
		s++;
	return s < end && (*s == ':' || *s == '=') &&
		(end - s < 3 || strncmp(s, "://", 3) != 0);
}

/* Does the node, inside another operator, need parentheses? */
static bool
needs_parens(const BiQuery *query, const BiNode *parent, const BiNode *node,
			 bool first)
{
	switch (node->kind)
	{
		case BI_AND:
		case BI_OR:
			return true;
		case BI_PROX_CHAIN:
			return parent->kind != BI_PROX_CHAIN || !first;
		case BI_ITEM:
			if (parent->kind != BI_NOT || node->fields != BI_ALL_FIELDS ||
				(node->flags & BI_VALUE) != 0)
				return false;
			return is_changed_by_not(query, node);
		default:
			return false;
	}
}

static void
print_child(const BiQuery *query, const BiNode *parent, const BiNode *node,
			bool first, StringInfo buf)
{
	bool		parens = needs_parens(query, parent, node, first);

	if (parens)
		appendStringInfoChar(buf, '(');
	print_node(query, node, buf);
	if (parens)
		appendStringInfoChar(buf, ')');
}

void
BiAppendItem(StringInfo buf, const BiQuery *query, const BiNode *item)
{
	BiAppendFields(buf, item->fields);
	appendBinaryStringInfo(buf, BiNodeText(query, item), item->len);
}

void
BiAppendWord(StringInfo buf, const BiQuery *query, const BiNode *word)
{
	const char *s = BiNodeText(query, word);

	if (BiIsFuzzy(query, word))
	{
		appendBinaryStringInfo(buf, s + BI_FUZZY_HEAD,
							   word->len - BI_FUZZY_HEAD);
		appendStringInfo(buf, "~%c", s[1]);
		return;
	}
	for (uint32 i = 0; i < word->len; i++)
	{
		if ((word->flags & BI_PATTERN) == 0 ||
			(unsigned char) s[i] > BI_LAST_SIGN)
			appendStringInfoCharMacro(buf, s[i]);
		else if (s[i] == BI_ONE_CHAR)
			appendStringInfoChar(buf, '?');
		else if (s[i] == BI_ANY_CHARS)
			appendStringInfoChar(buf, '*');
		else
		{
			for (int n = (s[i + 1] - '0') * 64 + s[i + 2] - '0'; n > 0; n--)
				appendStringInfoChar(buf, '*');
			i += 2;
		}
	}
	if (word->flags & BI_PREFIX)
		appendStringInfoChar(buf, '*');
}

void
BiAppendProxJoin(StringInfo buf, const BiNode *join)
{
	bool		ordered = (join->flags & BI_ORDERED) != 0;

	if (join->flags & BI_SENTENCE)
		appendStringInfoString(buf, ordered ? "+s" : "/s");
	else if (join->flags & BI_PARAGRAPH)
		appendStringInfoString(buf, ordered ? "+p" : "/p");
	else
		appendStringInfo(buf, "%s/%u",
						 (join->flags & BI_NEGATED) ? "NOT NEAR" :
						 ordered ? "PRE" : "NEAR",
						 join->arg);
}

void
BiAppendFields(StringInfo buf, uint8 fields)
{
	switch (fields)
	{
		case BI_ALL_FIELDS:
			return;
		case BI_FIELD_A:
			appendStringInfoString(buf, "headline");
			break;
		case BI_FIELD_B:
			appendStringInfoString(buf, "byline");
			break;
		case BI_FIELD_C:
			appendStringInfoString(buf, "summary");
			break;
		case BI_FIELD_D:
			appendStringInfoString(buf, "body");
			break;
		default:
			for (int i = 0; i < 4; i++)
			{
				if (fields & (BI_FIELD_A >> i))
					appendStringInfoChar(buf, 'a' + i);
			}
	}
	appendStringInfoChar(buf, ':');
}

static void
print_node(const BiQuery *query, const BiNode *node, StringInfo buf)
{
	const BiNode *child = BiNodeFirst(node);
	bool		first = true;

	check_stack_depth();
	switch (node->kind)
	{
		case BI_ITEM:
			BiAppendItem(buf, query, node);
			return;
		case BI_NOT:
			appendStringInfoChar(buf, '!');
			break;
		case BI_ATLEAST:
			appendStringInfo(buf, "ATLEAST%u(", node->arg);
			print_node(query, child, buf);
			appendStringInfoChar(buf, ')');
			return;
		default:
			break;
	}

	for (; child < BiNodeEnd(node); child = BiNodeEnd(child))
	{
		if (child->kind == BI_PROX_JOIN)
		{
			appendStringInfoChar(buf, ' ');
			BiAppendProxJoin(buf, child);
			appendStringInfoChar(buf, ' ');
			continue;
		}
		if (!first && node->kind != BI_PROX_CHAIN)
			appendStringInfoString(buf, node->kind == BI_AND ? " & " : " | ");
		print_child(query, node, child, first, buf);
		first = false;
	}
}

char *
BiDeparseConfig(const BiQuery *query)
{
	const char *text = BiQueryText(query);
	char	   *nsp = query->nsplen > 0 ? pnstrdup(text, query->nsplen) : NULL;

	return quote_qualified_identifier(nsp, pnstrdup(text + query->nsplen,
													query->namelen));
}

/* The configuration's name in braces, unless it is the default one. */
static void
print_prefix(const BiQuery *query, StringInfo buf)
{
	char	   *name = BiDeparseConfig(query);

	if (strcmp(name, "bisearch") == 0)
		return;
	appendStringInfo(buf, "{%s}", name);
	if (query->nnodes > 0)
		appendStringInfoChar(buf, ' ');
}

/*
 * Canonical text of a valid query, terminated; sets *len to its length.  With
 * prefix, it begins with the configuration unless that is the default.
 */
char *
BiDeparse(const BiQuery *query, bool prefix, int *len)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (prefix)
		print_prefix(query, &buf);
	if (query->nnodes > 0)
	{
		int			start = buf.len;

		print_node(query, query->nodes, &buf);
		if (start == 0 && buf.data[0] == '{')
		{
			/* a word, not a configuration */
			char	   *text = psprintf("\\%s", buf.data);

			resetStringInfo(&buf);
			appendStringInfoString(&buf, text);
		}
	}
	*len = buf.len;
	return buf.data;
}
