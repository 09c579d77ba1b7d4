"""Read articles from a CSV file as people have them.

The header names the columns, in any order and any case: "headline" and
"body" must be there, "date", "summary" and "byline" may be.  Fields may be
quoted and hold line breaks; commas, semicolons or tabs part them; the text is
UTF-8, with or without a byte order mark.  A row that can't be used is
reported with its line number and left out, never silently.
"""

import csv
import datetime

FIELDS = ("date", "headline", "byline", "summary", "body")

# other names people give to the columns
ALIASES = {
    "title": "headline", "author": "byline", "abstract": "summary",
    "lead": "summary", "text": "body", "published": "date",
    "pub_date": "date",
}

DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y")

csv.field_size_limit(2**31 - 1)


class Unusable(Exception):
    """The file as a whole can't be read; the text says why."""


def read_lines(path):
    """The file's lines as text; bytes that are not UTF-8 stay marked."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise Unusable(f"{path} can't be read: {error.strerror}.") from None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unusable(f"{path} is UTF-16 text. Please save it as UTF-8.")
    text = data.decode("utf-8", "surrogateescape")
    lines = text.removeprefix("\ufeff").split("\n")
    if lines[-1] == "":
        lines.pop()
    if len(lines) == 1 and "\r" in lines[0]:    # line ends of old Macs
        lines = lines[0].replace("\r", "\n").rstrip("\n").split("\n")
    return [line + "\n" for line in lines]


def read_header(path, lines):
    """Which field each column holds (None: not used), and what parts them."""
    if not lines or not any(line.strip() for line in lines[:1]):
        raise Unusable(f"{path} is empty; its first line must name the "
                       "columns, as in: date,headline,byline,summary,body")
    names = []
    for delimiter in ",;\t":
        try:
            found = next(csv.reader(lines[:1], delimiter=delimiter))
        except csv.Error:
            continue
        found = [name.strip().lower() for name in found]
        if len(found) > len(names):
            names, best = found, delimiter
    if not names:
        raise Unusable(f"{path}: the first line can't be read as CSV.")
    columns = [n if n in FIELDS else ALIASES.get(n) for n in names]
    for field in FIELDS:
        # a column's proper name goes before its other names
        if columns.count(field) > 1 and names.count(field) == 1:
            columns = [None if c == field and n != field else c
                       for c, n in zip(columns, names)]
        if columns.count(field) > 1:
            raise Unusable(f"{path}: two columns are named {field}.")
    missing = [f for f in ("headline", "body") if f not in columns]
    if missing:
        raise Unusable(
            f"{path} has no column named {' and none named '.join(missing)}."
            f" Its first line names: {', '.join(filter(None, names))}.")
    return columns, best


def read_date(text):
    """A date, or None where the text is not one of the forms we know."""
    for form in DATE_FORMATS:
        try:
            return datetime.datetime.strptime(text, form).date()
        except ValueError:
            pass
    try:
        return datetime.datetime.fromisoformat(
            text.removesuffix("Z")).date()
    except ValueError:
        return None


def has_bad_bytes(text):
    return any("\udc80" <= char <= "\udcff" for char in text)


def read_row(columns, values):
    """One article as a dict, or the reason why it is none."""
    if len(values) != len(columns):
        raise ValueError(f"{len(values)} fields instead of {len(columns)}")
    for value in values:
        if has_bad_bytes(value):
            raise ValueError("not UTF-8 text")
        if "\0" in value:
            raise ValueError("a zero byte")
    article = dict.fromkeys(FIELDS)
    for field, value in zip(columns, values):
        if field is not None and value.strip():
            article[field] = value.replace("\r\n", "\n").strip()
    if article["headline"] is None and article["body"] is None:
        raise ValueError("neither headline nor body")
    return article


def read_records(lines, delimiter):
    """Yield (line number, values or csv.Error) for each record.

    After a record that is not CSV, reading goes on with the line after the
    one where it began, so that one quotation mark too many costs no more
    than its own article.
    """
    start = 1
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
    if "NUL" in text:
        return "a zero byte"
    return text


def read_articles(path, report):
    """Yield the articles of a file as dicts of FIELDS, each with its "line".

    report(line number, text) is called for each row that is left out, and
    for each date that is not understood (the article is kept without it).
    Raises Unusable when the file as a whole is no such CSV.
    """
    lines = read_lines(path)
    columns, delimiter = read_header(path, lines)
    for line, values in read_records(lines, delimiter):
        if isinstance(values, csv.Error):
            report(line, f"left out: {reason(values)}")
            continue
        if not any(value.strip() for value in values):
            continue                            # an empty line is no row
        try:
            article = read_row(columns, values)
        except ValueError as error:
            report(line, f"left out: {error}")
            continue
        article["line"] = line
        if article["date"] is not None:
            date = read_date(article["date"])
            if date is None:
                report(line, f"date \"{article['date'][:40]}\" is not "
                       "understood (write 2026-01-31); loaded without it")
            article["date"] = date
        yield article
