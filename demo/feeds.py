"""Articles of an RSS or Atom file.

Nothing outside the file is ever read, and a file that declares entities of
its own is refused: they serve attacks alone.
"""

import html.entities
import re
from xml.parsers import expat
from xml.sax.saxutils import escape

from files import Unusable, wide_encoding

ATOM = "http://www.w3.org/2005/Atom"

# RSS 2.0 has none, and what its modules add is often of other things
SPACES = {"", ATOM, "http://purl.org/rss/1.0/",
          "http://purl.org/rss/1.0/modules/content/",
          "http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/"}

# entities that XML has
XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}

DEEPEST = 500           # elements within elements

# what an element of an article is called here; the first of two counts
NAMES = {
    "title": "title", "description": "description", "summary": "description",
    "encoded": "content", "content": "content", "pubDate": "date",
    "published": "date", "date": "date", "updated": "updated",
    "creator": "byline", "author": "byline", "name": "byline",
}


class Reader:
    """Takes what expat finds; articles are (line, dict of NAMES' values)."""

    def __init__(self):
        self.articles = []
        self.open = []              # elements, as (namespace, name)
        self.item = None            # the article that is read
        self.line = 0
        self.field = None           # of it, and how deep its element is
        self.depth = 0
        self.text = []
        self.roots = set()

    def start(self, name, attributes):
        space, _, name = name.rpartition(" ")
        self.open.append((space, name))
        if len(self.open) > DEEPEST:
            raise Unusable("elements are too deep")
        if len(self.open) == 1:
            self.roots.add(name)
        if self.field is not None:
            # markup inside of an article's text, as XHTML in Atom
            if self.field != "byline":
                self.text.append(f"<{name}>")
            return
        if name in ("item", "entry") and self.item is None:
            self.item, self.line = {}, self.parser.CurrentLineNumber
        elif self.item is not None and name in NAMES and \
                space in SPACES and (space, name) != (ATOM, "author"):
            self.field, self.depth = NAMES[name], len(self.open)
            self.text = []

    def end(self, name):
        space, name = self.open.pop()
        if self.field is not None:
            if len(self.open) >= self.depth:
                if self.field != "byline":
                    self.text.append(f"</{name}>")
                return
            text = "".join(self.text).strip()
            if text and self.field == "byline" and "byline" in self.item:
                self.item["byline"] += ", " + text
            elif text:
                self.item.setdefault(self.field, text)
            self.field = None
        elif name in ("item", "entry") and self.item is not None and \
                not any(n in ("item", "entry") for _, n in self.open):
            self.articles.append((self.line, self.item))
            self.item = None

    def data(self, text):
        if self.field is not None:
            # below an element it is markup's text
            inside = len(self.open) > self.depth
            self.text.append(escape(text) if inside else text)


def refuse_entities(*_):
    raise Unusable("it declares entities of its own")


def fields_of(item):
    """An article's fields under the names that tables have."""
    fields = {name: item[name] for name in ("title", "byline")
              if name in item}
    fields["date"] = item.get("date") or item.get("updated")
    if "content" in item:
        fields["body"] = item["content"]
        fields["summary"] = item.get("description")
    else:
        fields["body"] = item.get("description")
    return {("headline" if k == "title" else k): v
            for k, v in fields.items() if v}


def decoded(data, text):
    """The text of XML that may say what its encoding is."""
    declared = re.match(rb"\s*<\?xml[^>]*encoding\s*=\s*[\"']([\w.-]+)", data)
    if declared and not wide_encoding(data) and \
            declared[1].lower() not in (b"utf-8", b"utf8"):
        try:
            return data.decode(declared[1].decode(), "replace")
        except LookupError:
            pass
    return text


def known_entity(found):
    """HTML's entities, which XML does not have, as feeds write them."""
    if found[1] in XML_ENTITIES:
        return found[0]
    return html.entities.html5.get(found[1] + ";", found[0])


def read_feed(path, data, text, report):
    """The articles of a feed, as (line, dict); text is data decoded."""
    reader = Reader()
    text = re.sub(r"&([A-Za-z][A-Za-z0-9]*);", known_entity,
                  decoded(data, text)).replace("\0", "")
    # what we know of its encoding is better than what XML says
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    reader.parser = parser
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.EntityDeclHandler = refuse_entities
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        if not reader.articles:
            raise Unusable(f"{path} is no XML that can be read: "
                           f"{expat.errors.messages[error.code]} in line "
                           f"{error.lineno}.") from None
        report(error.lineno, "left out: all from here on, which is no XML ("
               f"{expat.errors.messages[error.code]})")
    except Unusable as error:
        raise Unusable(f"{path} is not read: {error}.") from None
    if not reader.articles:
        what = "/".join(sorted(reader.roots)) or "nothing"
        raise Unusable(f"{path} is XML ({what}), but no RSS or Atom feed with "
                       "articles.")
    return [(line, fields_of(item)) for line, item in reader.articles]
