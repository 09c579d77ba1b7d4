"""What is in a file: its bytes, unpacked, as text.

A file that is no text says what to do instead of being shown.
"""

import zlib

LARGEST = 2**31         # bytes, unpacked

# what files that are no text begin with, and what to do with them
OTHERS = (
    (b"\xd0\xcf\x11\xe0", "is a file of Excel or Word. Open it and save it as "
     "\"CSV UTF-8\""),
    (b"%PDF", "is a PDF. Make text of it first, as with pdftotext"),
    (b"BZh", "is packed by bzip2. Unpack it first: bunzip2"),
    (b"\xfd7zXZ", "is packed by xz. Unpack it first: unxz"),
    (b"\x28\xb5\x2f\xfd", "is packed by zstd. Unpack it first: unzstd"),
    (b"7z\xbc\xaf", "is a 7z archive. Unpack it first, and give one of its "
     "files"),
    (b"Rar!", "is a RAR archive. Unpack it first, and give one of its files"),
    (b"PAR1", "is a Parquet file. Save it as CSV first"),
    (b"SQLite format 3", "is an SQLite database. Save a table of it as CSV "
     "first"),
)

# beginnings of UTF-16 and UTF-32, the longer first
MARKS = ((b"\xff\xfe\0\0", "UTF-32"), (b"\0\0\xfe\xff", "UTF-32"),
         (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


class Unusable(Exception):
    """The file as a whole can't be read; the text says why."""


def unpack(path, data):
    """The bytes of a gzip file."""
    unpacker = zlib.decompressobj(wbits=31)
    parts, size = [], 0
    try:
        while data:
            part = unpacker.decompress(data, LARGEST - size + 1)
            size += len(part)
            parts.append(part)
            if size > LARGEST:
                raise Unusable(f"{path} holds more than 2 GB, unpacked.")
            data = unpacker.unused_data
            if unpacker.eof and data[:2] == b"\x1f\x8b":
                unpacker = zlib.decompressobj(wbits=31)
            elif unpacker.eof or not unpacker.unconsumed_tail:
                break
            else:
                data = unpacker.unconsumed_tail
    except zlib.error as error:
        raise Unusable(f"{path} can't be unpacked: {error}.") from None
    if not unpacker.eof:
        raise Unusable(f"{path} can't be unpacked: its end is missing.")
    return b"".join(parts)


def read_bytes(path):
    """A file's bytes, unpacked; raises Unusable if they can be no text."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise Unusable(f"{path} can't be read: {error.strerror}.") from None
    if data.startswith(b"\x1f\x8b"):
        data = unpack(path, data)
    if data.startswith(b"PK\x03\x04"):
        # the names of a ZIP archive's files stand at its end
        if b"xl/workbook" in data:
            what = ("is an Excel workbook (XLSX). Open it and save it as "
                    "\"CSV UTF-8\"")
        elif b"word/document" in data:
            what = "is a Word document. Give a CSV file of articles"
        elif b"opendocument.spreadsheet" in data:
            what = "is a spreadsheet (ODS). Open it and save it as CSV"
        else:
            what = "is a ZIP archive. Unpack it first, and give one of its files"
        raise Unusable(f"{path} {what}.")
    for begin, what in OTHERS:
        if data.startswith(begin):
            raise Unusable(f"{path} {what}.")
    return data


def wide_encoding(data):
    """The name of UTF-16 or UTF-32, and how Python calls it; or None."""
    for mark, name in MARKS:
        if data.startswith(mark):
            return name, name
    # without a mark every other byte of most texts is zero
    some = data[:4096]
    half = len(some) // 2
    for first, name in ((0, "utf-16-be"), (1, "utf-16-le")):
        if half > 8 and some[first::2].count(0) > 0.7 * half and \
                some[1 - first::2].count(0) < 0.1 * half:
            return "UTF-16", name
    return None


def is_windows_1252(data, text):
    """Is what is no UTF-8 text of Windows-1252?  Then most bytes beyond ASCII
    are no UTF-8 and stand for letters or punctuation."""
    bad = [char for char in text if "\udc80" <= char <= "\udcff"]
    good = sum(char > "\x7f" for char in text) - len(bad)
    unlikely = sum(ord(char) - 0xDC00 in (0x81, 0x8D, 0x8F, 0x90, 0x9D, 0xFF)
                   for char in bad)
    return len(bad) > good and unlikely * 10 <= len(bad)


def decode(path, data, note):
    """The text of these bytes; bytes that are not UTF-8 stay marked.

    note(text) is called for what is not as it should be.
    """
    if wide := wide_encoding(data):
        note(f"the file is {wide[0]} text, and is read as such")
        text = data.decode(wide[1], "replace")
    else:
        text = data.decode("utf-8", "surrogateescape")
        if not text.isascii() and is_windows_1252(data, text):
            note("the file is not UTF-8; it is read as Windows-1252")
            text = data.decode("cp1252", "replace")
    if zeros := text.count("\0"):
        note(f"{zeros:,} zero byte{'s' * (zeros > 1)} dropped")
        text = text.replace("\0", "")
    controls = sum(text.count(chr(c)) for c in (1, 2, 3, 4, 5, 6, 14, 15, 16))
    if controls > 8 and controls > len(text) / 50:
        raise Unusable(f"{path} is no text. Give a CSV file, JSON lines, or "
                       "an RSS or Atom file.")
    return text.removeprefix("\ufeff")
