/*
 * element.c
 *	  HTML's elements, as far as they matter for text: those of HTML 5 and of
 *	  its predecessors.
 */
#include "postgres.h"

#include "clean/element.h"

#define INLINE		BI_ELEMENT_INLINE
#define BLOCK		BI_ELEMENT_BLOCK
#define PARAGRAPH	BI_ELEMENT_PARAGRAPH
#define BREAK		BI_ELEMENT_BREAK
#define RAW			BI_ELEMENT_RAW
#define READING		BI_ELEMENT_READING
#define SUPERSCRIPT BI_ELEMENT_SUPERSCRIPT

typedef struct Element
{
	char		name[BI_MAX_ELEMENT];
	BiElement	kind;
} Element;

/* sorted by strcmp() */
static const Element elements[] = {
	{"a", INLINE}, {"abbr", INLINE}, {"acronym", INLINE}, {"address", BLOCK},
	{"applet", INLINE}, {"area", INLINE}, {"article", BLOCK},
	{"aside", BLOCK}, {"audio", INLINE}, {"b", INLINE}, {"base", INLINE},
	{"basefont", INLINE}, {"bdi", INLINE}, {"bdo", INLINE},
	{"bgsound", INLINE}, {"big", INLINE}, {"blink", INLINE},
	{"blockquote", BLOCK}, {"body", BLOCK}, {"br", BREAK}, {"button", INLINE},
	{"canvas", INLINE}, {"caption", BLOCK}, {"center", BLOCK},
	{"cite", INLINE}, {"code", INLINE}, {"col", BLOCK}, {"colgroup", BLOCK},
	{"data", INLINE}, {"datalist", INLINE}, {"dd", BLOCK}, {"del", INLINE},
	{"details", BLOCK}, {"dfn", INLINE}, {"dialog", BLOCK}, {"dir", BLOCK},
	{"div", BLOCK}, {"dl", BLOCK}, {"dt", BLOCK}, {"em", INLINE},
	{"embed", INLINE}, {"fieldset", BLOCK}, {"figcaption", BLOCK},
	{"figure", BLOCK}, {"font", INLINE}, {"footer", BLOCK}, {"form", BLOCK},
	{"frame", BLOCK}, {"frameset", BLOCK}, {"h1", BLOCK}, {"h2", BLOCK},
	{"h3", BLOCK}, {"h4", BLOCK}, {"h5", BLOCK}, {"h6", BLOCK},
	{"head", BLOCK}, {"header", BLOCK}, {"hgroup", BLOCK}, {"hr", BLOCK},
	{"html", BLOCK}, {"i", INLINE}, {"iframe", INLINE}, {"img", INLINE},
	{"input", INLINE}, {"ins", INLINE}, {"isindex", INLINE}, {"kbd", INLINE},
	{"label", INLINE}, {"legend", BLOCK}, {"li", BLOCK}, {"link", BLOCK},
	{"main", BLOCK}, {"map", INLINE}, {"mark", INLINE}, {"marquee", INLINE},
	{"math", INLINE}, {"menu", BLOCK}, {"meta", BLOCK}, {"meter", INLINE},
	{"nav", BLOCK}, {"nobr", INLINE}, {"noembed", INLINE},
	{"noframes", BLOCK}, {"noscript", BLOCK}, {"object", INLINE},
	{"ol", BLOCK}, {"optgroup", BLOCK}, {"option", BLOCK}, {"output", INLINE},
	{"p", PARAGRAPH}, {"param", INLINE}, {"picture", INLINE}, {"pre", BLOCK},
	{"progress", INLINE}, {"q", INLINE}, {"rb", INLINE}, {"rp", READING},
	{"rt", READING}, {"rtc", INLINE}, {"ruby", INLINE}, {"s", INLINE},
	{"samp", INLINE}, {"script", RAW}, {"section", BLOCK}, {"select", BLOCK},
	{"slot", INLINE}, {"small", INLINE}, {"source", INLINE}, {"span", INLINE},
	{"strike", INLINE}, {"strong", INLINE}, {"style", RAW}, {"sub", INLINE},
	{"summary", BLOCK}, {"sup", SUPERSCRIPT}, {"svg", INLINE},
	{"table", BLOCK}, {"tbody", BLOCK}, {"td", BLOCK}, {"template", BLOCK},
	{"textarea", BLOCK}, {"tfoot", BLOCK}, {"th", BLOCK}, {"thead", BLOCK},
	{"time", INLINE}, {"title", BLOCK}, {"tr", BLOCK}, {"track", INLINE},
	{"tt", INLINE}, {"u", INLINE}, {"ul", BLOCK}, {"var", INLINE},
	{"video", INLINE}, {"wbr", INLINE}, {"xmp", BLOCK}
};

static int
compare_elements(const void *a, const void *b)
{
	return strcmp(((const Element *) a)->name, ((const Element *) b)->name);
}

BiElement
BiElementByName(const char *name, int len)
{
	Element		key = {{0}, BI_ELEMENT_UNKNOWN};
	const Element *found;

	if (len >= BI_MAX_ELEMENT)
		return BI_ELEMENT_UNKNOWN;
	for (int i = 0; i < len; i++)
		key.name[i] = pg_ascii_tolower((unsigned char) name[i]);
	found = bsearch(&key, elements, lengthof(elements), sizeof(Element),
					compare_elements);
	return found == NULL ? BI_ELEMENT_UNKNOWN : found->kind;
}
