"""The file of a bisearch index, to read and to damage.

Follows src/index/page/layout.h and src/index/segment/format.h.
"""

import struct

BLOCK = 8192
CONTENT = 24                # after PostgreSQL's page header
SPECIAL = BLOCK - 24        # BisOpaque
ROOM = SPECIAL - CONTENT
INVALID = 0xFFFFFFFF
DOCS, DEAD, TERMS, POSTINGS, POSITIONS, RANGES = range(6)
RANGE_DOCS = 4096           # articles of a range of heap pages
DENSE = 128                 # first byte of a dense block without words
BIGRAMS = 64                  # number of the bigram segment of segment 0

# offsets in the contents of the metapage, a segment's header, a skip, an item
META = {"version": "I0", "nsegments": "I4", "next_generation": "Q8",
        "nretired": "I16", "writing": "Q24"}
LIST = {"generation": "Q0", "head": "I8", "tail": "I12", "npages": "I16",
        "nlarge": "I20", "nflushed": "I24"}
CURRENT, FROZEN, SEGMENTS, RETIRED = 56, 88, 120, 1144
RANGE = {"first": "Q0", "last": "Q8", "xid": "Q16", "npages": "I24"}
ENTRY = {"generation": "Q0", "header": "I8", "ndocs": "I12"}
HEADER = {"ndocs": "I0", "root": "I4", "nlevels": "I8", "nleaves": "I12",
          "nmaps": "I16", "nterms": "Q24", "npostings": "Q32", "bigrams": "I40",
          "frequent": "I44"}
STREAMS, MAPS = 48, 176
STREAM = {"length": "Q0", "first": "I8", "npages": "I12"}
SKIP = {"last": "I0", "postings": "I4", "positions": "Q8"}
ITEM = {"block_high": "H0", "block_low": "H2", "offset": "H4", "dead": "H6",
        "size": "I8", "large": "I12"}
OPAQUE = {"generation": "Q0", "next": "I8", "kind": "H12", "closed": "H14",
          "magic": "I16"}


class Struct:
    """Fields at a place of the file, to read and to set."""

    def __init__(self, data, start, fields):
        self.__dict__.update(data=data, start=start, fields=fields)

    def __getattr__(self, name):
        field = self.fields[name]
        return struct.unpack_from("<" + field[0], self.data,
                                  self.start + int(field[1:]))[0]

    def __setattr__(self, name, value):
        field = self.fields[name]
        struct.pack_into("<" + field[0], self.data,
                         self.start + int(field[1:]), value)


class Term:
    """An entry of the dictionary: where its parts are in the file."""

    def __init__(self, pages, at, last):
        shared, at = pages.number(at)
        rest, at = pages.number(at)
        self.rest = at
        self.text = last[:shared] + bytes(pages.data[at:at + rest])
        self.ndocs_at = at + rest
        self.ndocs, self.len_at = pages.number(self.ndocs_at)
        length, self.positions_len_at = pages.number(self.len_at)
        self.here = length & 1
        self.postings_len = length >> 1
        self.positions_len, at = pages.number(self.positions_len_at)
        self.postings_at = at       # the list, or its offset
        if self.here:
            self.positions_at = at + self.postings_len
            self.end = self.positions_at + self.positions_len
        else:
            self.postings, self.positions_at = pages.number(at)
            self.positions, self.end = pages.number(self.positions_at)


class Pages:
    def __init__(self, data):
        self.data = bytearray(data)
        self.meta = Struct(self.data, CONTENT, META)
        self.current = Struct(self.data, CONTENT + CURRENT, LIST)
        self.frozen = Struct(self.data, CONTENT + FROZEN, LIST)

    def content(self, block):
        return block * BLOCK + CONTENT

    def used(self, block):
        return struct.unpack_from("<H", self.data, block * BLOCK + 12)[0] - \
            CONTENT

    def set_used(self, block, used):
        struct.pack_into("<H", self.data, block * BLOCK + 12, used + CONTENT)

    def opaque(self, block):
        return Struct(self.data, block * BLOCK + SPECIAL, OPAQUE)

    def number(self, at):
        """A number of seven bits a byte, and where it ends."""
        value = shift = 0
        while True:
            byte = self.data[at]
            value |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if byte < 0x80:
                return value, at

    def segment(self, number):
        return Struct(self.data, CONTENT + SEGMENTS + 16 * number, ENTRY)

    def retired(self, number):
        return Struct(self.data, CONTENT + RETIRED + 32 * number, RANGE)

    def header_block(self, number):
        if number >= BIGRAMS:
            return self.header(number - BIGRAMS).bigrams
        return self.segment(number).header

    def header(self, number):
        return Struct(self.data, self.content(self.header_block(number)),
                      HEADER)

    def stream(self, number, stream):
        return Struct(self.data, self.header(number).start + STREAMS +
                      16 * stream, STREAM)

    def map(self, number):
        """Block of the segment's only page of the map."""
        return struct.unpack_from("<I", self.data,
                                  self.header(number).start + MAPS)[0]

    def map_entry(self, number, stream, page=0):
        """Where the map has the block of a page."""
        return self.content(self.map(number)) + \
            4 * (self.stream(number, stream).first + page)

    def block(self, number, stream, page=0):
        return struct.unpack_from("<I", self.data,
                                  self.map_entry(number, stream, page))[0]

    def range(self, number, n):
        """The range of heap pages of some articles."""
        return Struct(self.data, self.at(number, RANGES, 8 * n),
                      {"first": "I0", "last": "I4"})

    def move(self, number, doc, high, low, offset):
        """Give an article another heap address, and its range the page."""
        struct.pack_into("<HHH", self.data, self.at(number, DOCS, 8 * doc),
                         high, low, offset)
        first = doc - doc % RANGE_DOCS
        pages = []
        for other in range(first, min(first + RANGE_DOCS,
                                      self.header(number).ndocs)):
            high, low = struct.unpack_from(
                "<HH", self.data, self.at(number, DOCS, 8 * other))
            pages.append(high << 16 | low)
        place = self.range(number, doc // RANGE_DOCS)
        place.first, place.last = min(pages), max(pages)

    def at(self, number, stream, offset=0):
        """Where a byte of a stream is."""
        return self.content(self.block(number, stream, offset // ROOM)) + \
            offset % ROOM

    def terms(self, number, page=None):
        """Entries of the dictionary's leaves, or of one."""
        pages = range(self.header(number).nleaves) if page is None else [page]
        for page in pages:
            block = self.block(number, TERMS, page)
            at, last = self.content(block), b""
            while at < self.restarts(block):
                term = Term(self, at, last)
                yield term
                at, last = term.end, term.text

    def restarts(self, block):
        """Where the restart points of a page of the dictionary are: offsets
        and, last, their number."""
        end = self.content(block) + self.used(block)
        return end - 2 - 2 * struct.unpack_from("<H", self.data, end - 2)[0]

    def term(self, number, text):
        return next(t for t in self.terms(number) if t.text == text.encode())

    def skip(self, number, term, block=0):
        return Struct(self.data, self.at(number, POSTINGS, term.postings +
                                         term.postings_len + 16 * block), SKIP)

    def chain(self, block):
        """Blocks linked from this one on."""
        while block != INVALID:
            yield block
            block = self.opaque(block).next

    def items(self, block):
        """Items of a page of a pending list."""
        at = self.content(block)
        end = at + self.used(block)
        while at < end:
            item = Struct(self.data, at, ITEM)
            yield item
            size = 16 + (item.size if item.large == INVALID else 0)
            at += (size + 7) // 8 * 8

    def large(self):
        """The item of the first large article of the current list."""
        return next(item for block in self.chain(self.current.head)
                    for item in self.items(block) if item.large != INVALID)
