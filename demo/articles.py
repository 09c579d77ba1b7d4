"""Read articles from what archives export.

A table (CSV; commas, semicolons, tabs or bars part the columns), JSON lines or
a JSON list, or an RSS or Atom file, packed by gzip or not.  Columns are known
by the names that people give them, in any order and any case: there must be a
body; headline, byline, summary and date may be there.  What can't be used is
reported with its line number and left out, never silently.
"""

import csv
import json
import re

from dates import in_numbers, is_day_first, read_date
from feeds import read_feed
from files import Unusable, decode, read_bytes

__all__ = ["FIELDS", "Unusable", "read_articles"]

FIELDS = ("date", "headline", "byline", "summary", "body")

# names that people give to the columns, the best first; without signs
NAMES = {
    "date": ("date", "published", "pubdate", "publishdate", "publisheddate",
             "publicationdate", "datepublished", "publishedat", "publishedon",
             "publishtime", "postdate", "createdat", "created", "datetime",
             "timestamp", "time", "dctermsdate", "dcdate", "firstpublished",
             "webpublicationdate", "updatedat", "updated"),
    "headline": ("headline", "title", "headlinetext", "heading", "articletitle",
                 "webtitle", "subject"),
    "byline": ("byline", "author", "authors", "creator", "dccreator",
               "writer", "by", "authorname"),
    "summary": ("summary", "abstract", "lead", "standfirst", "excerpt",
                "description", "snippet", "trailtext", "leadparagraph"),
    "body": ("body", "content", "fulltext", "text", "article", "articletext",
             "bodytext", "articlebody", "contentencoded", "contenttext",
             "maintext", "contenthtml", "bodyhtml", "story", "contents"),
}

# what programs write where there is nothing
NOTHING = {"\\N", "NULL", "null", "None", "nan", "NaN", "<NA>"}

# keys of JSON objects that stand for one text
TEXT_KEYS = ("rendered", "name", "text", "value", "main", "$t", "#text")

csv.field_size_limit(2**31 - 1)


def split_lines(text):
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    if len(lines) == 1 and "\r" in lines[0]:    # line ends of old Macs
        lines = lines[0].replace("\r", "\n").rstrip("\n").split("\n")
    return [line + "\n" for line in lines]


def plain_name(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


def find_columns(path, names, note):
    """Which field each column holds, by the columns' names (None: none)."""
    plain = [plain_name(name) for name in names]
    columns = [None] * len(names)
    for field, known in NAMES.items():
        there = [name for name in known if name in plain]
        if not there:
            continue
        if plain.count(there[0]) > 1:
            raise Unusable(f"{path}: two columns are named {there[0]}.")
        columns[plain.index(there[0])] = field
        if len(there) > 1:
            others = ", ".join(names[plain.index(n)] for n in there[1:])
            note(f"the {field} is taken from the column "
                 f"{names[plain.index(there[0])]}, not from {others}")
    if "body" not in columns and "summary" in columns:
        at = columns.index("summary")
        columns[at] = "body"
        note(f"there is no body but a column {names[at]}, which is taken "
             "for it")
    if "body" not in columns:
        missing = [f for f in ("headline", "body") if f not in columns]
        named = ", ".join(filter(None, names))
        raise Unusable(
            f"{path} has no column named {' and none named '.join(missing)}"
            " (or content, text, article, full_text)."
            f" Its first line names: {named[:300] or 'nothing'}.")
    if "headline" not in columns:
        note("no column is named headline or title: articles are loaded "
             "without one")
    return columns


def read_header(path, lines, note):
    """Columns, what parts them, and the number of lines before the first
    record."""
    first, given = 0, None
    # as spreadsheets write it
    if said := re.match(r'"?sep=(.)"?\s*$', "".join(lines[:1]), re.I):
        first, given = 1, said[1]
    header = lines[first:first + 1]
    if not header or not header[0].strip():
        raise Unusable(f"{path} is empty; its first line must name the "
                       "columns, as in: date,headline,byline,summary,body")
    names, best = [], ","
    for delimiter in [given] if given else ",;\t|":
        try:
            found = next(csv.reader(header, delimiter=delimiter))
        except csv.Error:
            continue
        if len(found) > len(names):
            names, best = [name.strip() for name in found], delimiter
    if not names:
        raise Unusable(f"{path}: the first line can't be read as CSV.")
    return find_columns(path, names, note), best, first + 1


def read_records(lines, delimiter, start):
    """Yield (line number, values or csv.Error) for each record.

    After a record that is not CSV, reading goes on with the line after the
    one where it began, so that one quotation mark too many costs no more
    than its own article.
    """
    while start < len(lines):
        base = start
        rest = (lines[i] for i in range(base, len(lines)))
        reader = csv.reader(rest, delimiter=delimiter, strict=True)
        try:
            for values in reader:
                yield start + 1, values
                start = base + reader.line_num
            return
        except csv.Error as error:
            yield start + 1, error
            start += 1


def reason(error):
    """What csv says, in words for people."""
    text = str(error)
    if "unexpected end" in text:
        return "a quotation mark is opened and never closed"
    if "expected after" in text:
        return ("a quotation mark inside a quoted field; "
                "inside one, write it twice")
    if "new-line character" in text:
        return "a line break in a field without quotation marks"
    return text


def table_rows(path, text, note):
    """Rows of a table, as (line, dict of fields, or why there is none)."""
    lines = split_lines(text)
    columns, delimiter, start = read_header(path, lines, note)
    for line, values in read_records(lines, delimiter, start):
        if isinstance(values, csv.Error):
            yield line, reason(values)
        elif not any(value.strip() for value in values):
            continue                            # an empty line is no row
        elif len(values) != len(columns):
            yield line, f"{len(values)} fields instead of {len(columns)}"
        else:
            yield line, {field: value for field, value
                         in zip(columns, values) if field}


def as_text(value):
    """A value of JSON as one text."""
    if isinstance(value, dict):
        return next((as_text(value[key]) for key in TEXT_KEYS
                     if key in value), "")
    if isinstance(value, list):
        parts = list(filter(None, map(as_text, value)))
        long = any(len(part) > 100 for part in parts)
        return ("\n\n" if long else ", ").join(parts)
    if value is None or isinstance(value, bool):
        return ""
    # halves of characters, as they are cut off
    return str(value).replace("\0", "").encode("utf-16", "surrogatepass") \
        .decode("utf-16", "replace")


def object_list(value):
    """The objects of a JSON value that is one, or holds a list of them."""
    if isinstance(value, dict):
        for held in value.values():
            if isinstance(held, dict):      # {"response": {"docs": [...]}}
                held = next((v for v in held.values()
                             if isinstance(v, list)), held)
            if isinstance(held, list) and held and \
                    all(isinstance(entry, dict) for entry in held) and \
                    any(plain_name(key) in NAMES["body"] + NAMES["headline"]
                        for key in held[0]):
                return held
        return [value]
    return value if isinstance(value, list) else []


def json_objects(path, text):
    """Objects of JSON lines, or of one JSON value: (line, object or why
    there is none)."""
    lines = text.split("\n")
    first = next(i for i, line in enumerate(lines) if line.strip())
    alone = not any(line.strip() for line in lines[first + 1:])
    try:
        whole = alone or isinstance(json.loads(lines[first]), list)
    except (ValueError, RecursionError):
        whole = True
    if whole:
        try:
            for number, entry in enumerate(object_list(json.loads(text)), 1):
                yield number, entry
            return
        except RecursionError:
            raise Unusable(f"{path} is JSON that is too deep.") from None
        except ValueError as error:
            if alone or not lines[first].strip().endswith("}"):
                raise Unusable(f"{path} is no JSON that can be read: {error}."
                               ) from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except RecursionError:
            yield number, "JSON that is too deep"
        except ValueError as error:
            yield number, f"no JSON ({error})"


def json_rows(path, text, note):
    """Rows of JSON, as table_rows gives them."""
    found = list(json_objects(path, text))
    keys = {}
    for _, entry in found:
        if isinstance(entry, dict):
            keys.update(dict.fromkeys(entry))
    if not keys:
        raise Unusable(f"{path} is JSON, but no list of objects.")
    by_key = dict(zip(keys, find_columns(path, list(keys), note)))
    for number, entry in found:
        if isinstance(entry, str):
            yield number, entry
        elif not isinstance(entry, dict):
            yield number, "no object"
        else:
            try:
                yield number, {by_key[key]: as_text(value)
                               for key, value in entry.items() if by_key[key]}
            except RecursionError:
                yield number, "JSON that is too deep"


def has_bad_bytes(text):
    return any("\udc80" <= char <= "\udcff" for char in text)


def read_row(row):
    """One article as a dict, or the reason why it is none."""
    article = dict.fromkeys(FIELDS)
    for field, value in row.items():
        if has_bad_bytes(value):
            raise ValueError("not UTF-8 text")
        value = value.replace("\0", "").replace("\r\n", "\n").strip()
        if value and value not in NOTHING:
            article[field] = value
    if article["headline"] is None and article["body"] is None:
        raise ValueError("neither headline nor body")
    return article


def rows_of(path, note, report):
    """The rows of a file of any kind."""
    data = read_bytes(path)
    text = decode(path, data, note)
    begin = text.lstrip()[:200].lower()
    if begin.startswith(("<!doctype html", "<html")):
        raise Unusable(f"{path} is a page, not a feed. Give a CSV file, JSON "
                       "lines, or an RSS or Atom file.")
    if begin.startswith("<"):
        return read_feed(path, data, text, report)
    if begin.startswith(("{", "[")):
        return json_rows(path, text, note)
    return table_rows(path, text, note)


def find_day_order(rows, note):
    """Whether dates such as 3/4/2024 begin with the day; says which if they
    do not tell."""
    texts = [row["date"] for _, row in rows
             if isinstance(row, dict) and row.get("date")]
    day_first = is_day_first(texts)
    if day_first is None and any(map(in_numbers, texts)):
        unclear = next(filter(in_numbers, texts))
        note(f"dates such as {unclear[:40]} are read as month/day/year; "
             "write 2026-01-31 to be sure")
    return bool(day_first)


def read_articles(path, report):
    """Yield the articles of a file as dicts of FIELDS, each with its "line".

    report(line number, text) is called for each row that is left out, for
    each date that is not understood (the article is kept without it), and
    with line 0 for what is to be said of the whole file.  Raises Unusable
    when the file as a whole can't be read.
    """
    def note(text):
        report(0, text)

    rows = list(rows_of(path, note, report))
    day_first = find_day_order(rows, note)
    for line, row in rows:
        if isinstance(row, str):
            report(line, f"left out: {row}")
            continue
        try:
            article = read_row(row)
        except ValueError as error:
            report(line, f"left out: {error}")
            continue
        article["line"] = line
        if article["date"] is not None:
            date = read_date(article["date"], day_first)
            if date is None:
                report(line, f"date \"{article['date'][:40]}\" is not "
                       "understood (write 2026-01-31); loaded without it")
            article["date"] = date
        yield article
