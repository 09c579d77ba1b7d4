"""Which documents a query finds, by brute force.

An Index holds the words of all documents at their positions, as bi_tsvector
places them or as plain text does.  Spans are computed as naive sets: every
combination of occurrences is looked at.
"""
import bisect
import re
from array import array

from . import tokens
from .ast import And, AtLeast, Not, Or, Words
from .distance import Vocabulary
from .own import Value

LAST_POSITION = 16383
MOST_POSITIONS = 255
GAP = 100


class Document:
    """Where the fields, sentences and paragraphs of one document lie."""

    __slots__ = ("fields", "sentences", "paragraphs")

    def __init__(self):
        self.fields = []
        self.sentences = []
        self.paragraphs = []

    def field(self, position):
        """The letter of the field a position is in."""
        for start, end, name in self.fields:
            if start <= position <= end:
                return name
        return "D"


class Index:
    """Documents by word.

    limits: positions clamp and lexemes keep 255 of them, as core's
    to_tsvector has it.
    stem, if given, adds "~" and a word's stem at its position.
    marked: sentence and paragraph marks are there.
    stripped: positions and weights are not.
    characters: Chinese, Japanese and Korean ones are words.
    """

    def __init__(self, limits=False, stem=None, marked=True, stripped=False,
                 characters=False):
        self.characters = characters
        self.limits = limits
        self.stem = stem
        self.marked = marked
        self.stripped = stripped
        self.documents = {}
        self.values = {}        # by document, those of each field of one's own
        self.postings = {}
        self.vocabulary = None
        self.fuzzy = None
        self.cache = {}

    def add(self, doc, fields, own=()):
        """Add a document: an id and (field letter, text) in order A to D,
        and (name, value) of fields of one's own."""
        values = self.values.setdefault(doc, {})
        for name, value in own:
            values.setdefault(name, []).append(value)
        place = Document()
        found = {}
        last = None
        for name, text in fields:
            if text is None:
                continue
            words = tokens.tokens(text, self.characters)
            if not words:
                continue
            base = 0 if last is None else last + GAP
            for n, (_, _, lexeme) in enumerate(words, base + 1):
                found.setdefault(lexeme, []).append(n)
                stem = self.stem(lexeme) if self.stem else None
                if stem is not None:
                    found.setdefault("~" + stem, []).append(n)
            last = base + len(words)
            place.fields.append((base + 1, last, name))
            place.sentences.extend(
                base + n
                for n in tokens.marks(words, tokens.sentences(text)))
            place.paragraphs.extend(
                base + n
                for n in tokens.marks(words, tokens.paragraphs(text)))
        self.documents[doc] = place
        for lexeme, positions in found.items():
            if self.limits:
                positions = self.clamp(positions)
            docs, starts, flat = self.postings.setdefault(
                lexeme, (array("l"), array("l"), array("l")))
            docs.append(doc)
            starts.append(len(flat))
            flat.extend(positions)
        self.vocabulary = self.fuzzy = None
        self.cache.clear()

    @staticmethod
    def clamp(positions):
        """What a tsvector keeps of a lexeme's positions."""
        kept = [p for p in positions[:MOST_POSITIONS] if p < LAST_POSITION]
        if len(kept) < min(len(positions), MOST_POSITIONS):
            kept.append(LAST_POSITION)
        return kept

    def lexemes(self, term):
        """The lexemes of the documents that a term accepts."""
        if term.kind == "is":
            return [term.value] if term.value in self.postings else []
        if term.kind == "fuzzy":
            if self.fuzzy is None:
                self.fuzzy = Vocabulary(self.postings)
            return self.fuzzy.within(term.value, term.more)
        if self.vocabulary is None:
            self.vocabulary = sorted(self.postings)
        head = term.value
        if term.kind == "like":
            head = re.match("[a-z0-9]*", head).group()
        first = bisect.bisect_left(self.vocabulary, head)
        found = []
        for lexeme in self.vocabulary[first:]:
            if not lexeme.startswith(head):
                break
            if term.accepts(lexeme):
                found.append(lexeme)
        return found

    def occurrences(self, term):
        """A term's sorted positions by document."""
        key = term.key()
        if key not in self.cache:
            if len(self.cache) > 400:
                self.cache.clear()
            where = {}
            for lexeme in self.lexemes(term):
                docs, starts, flat = self.postings[lexeme]
                ends = list(starts[1:]) + [len(flat)]
                for doc, start, end in zip(docs, starts, ends):
                    if doc in where:
                        where[doc] = sorted(
                            set(where[doc]).union(flat[start:end]))
                    else:
                        where[doc] = flat[start:end]
            self.cache[key] = where
        return self.cache[key]

    # ------------------------------------------------------- documents

    def search(self, node):
        """The set of ids of the documents that a query finds."""
        if node is None:
            return set()
        if isinstance(node, Or):
            return set().union(*(self.search(p) for p in node.parts))
        if isinstance(node, And):
            found = self.search(node.parts[0])
            for part in node.parts[1:]:
                found = found & self.search(part)
            return found
        if isinstance(node, Value):
            return {doc for doc, values in self.values.items()
                    if node.held_by(values.get(node.name, ()))}
        if isinstance(node, Not):
            return set(self.documents) - self.search(node.part)
        if isinstance(node, AtLeast):
            if self.stripped:
                return self.search(node.part) if node.count == 1 else set()
            return {doc for doc in self.candidates(node.part)
                    if len({start for start, _, _ in
                            self.spans(node.part, doc, True)}) >= node.count}
        if self.stripped:
            single = isinstance(node, Words) and len(node.terms) == 1
            return self.candidates(node) if single else set()
        return {doc for doc in self.candidates(node)
                if self.spans(node, doc, isinstance(node, Words)
                              and len(node.terms) == 1)}

    def candidates(self, node):
        """Documents that hold the words a node cannot do without."""
        if isinstance(node, Words):
            sets = [self.occurrences(term).keys() for _, term in node.terms]
            return set(sets[0]).intersection(*sets[1:])
        if isinstance(node, Or):
            return set().union(*(self.candidates(p) for p in node.parts))
        if node.kind == "NOT NEAR":
            return self.candidates(node.left)
        return self.candidates(node.left) & self.candidates(node.right)

    # ----------------------------------------------------------- spans

    def spans(self, node, doc, clamped=False):
        """The spans of a node in a document as a set of (start, end, full).

        full tells that it occupies all of its positions, not just the first
        and the last.  clamped: a single word may stand at the last position.
        """
        if isinstance(node, Words):
            return self.word_spans(node, doc, clamped)
        if isinstance(node, Or):
            return set().union(
                *(self.spans(p, doc, clamped) for p in node.parts))
        if node.distance is None and not self.marked:
            return set()
        left = self.spans(node.left, doc)
        if not left:
            return left
        right = self.spans(node.right, doc)
        place = self.documents[doc]
        if node.kind == "NOT NEAR":
            return {x for x in left
                    if not any(near(place, node, x, y) for y in right)}
        return {(min(x[0], y[0]), max(x[1], y[1]), False)
                for x in left for y in right if near(place, node, x, y)}

    def word_spans(self, node, doc, clamped):
        place = self.documents[doc]
        starts = None
        for at, term in node.terms:
            mine = set()
            for position in self.occurrences(term).get(doc, ()):
                if position >= LAST_POSITION and self.limits and not (
                        clamped and len(node.terms) == 1):
                    continue
                if node.mask and place.field(position) not in node.mask:
                    continue
                mine.add(position - at)
            starts = mine if starts is None else starts & mine
            if not starts:
                return set()
        length = node.terms[-1][0]
        return {(start, start + length, True) for start in starts}


def occupied(span):
    """The positions a span takes."""
    start, end, full = span
    return set(range(start, end + 1)) if full else {start, end}


def near(place, node, x, y):
    """Whether two spans make a pair for a proximity operator."""
    if occupied(x) & occupied(y):
        return False
    if x[1] < y[0]:
        first, second = x[1], y[0]
    elif y[1] < x[0]:
        first, second = y[1], x[0]
    else:
        first = second = max(x[0], y[0])
    if place.field(first) != place.field(second):
        return False
    ordered = node.kind in ("PRE", "+s", "+p")
    if ordered and not x[1] < y[0]:
        return False
    if node.distance is not None:
        return second - first <= node.distance
    ends = place.sentences if node.kind in ("/s", "+s") else place.paragraphs
    return not any(first <= mark < second for mark in ends)
