"""What of a document a query matched, by brute force.

Spans are computed forward with all that led to them: each combination of
occurrences adds its words and phrases to the span that it makes.  A mark is
(number of the word or phrase in the query, first position, last position);
positions are None where the document keeps none.
"""
import re

from . import tokens
from .ast import And, AtLeast, Not, Or, Words, children
from .evaluate import near


class Numbered:
    """A node with its operands, and for a word or phrase its number."""

    def __init__(self, node, counter):
        self.node = node
        self.number = None
        self.parts = []
        if isinstance(node, Words):
            self.number = next(counter)
        else:
            self.parts = [Numbered(child, counter)
                          for child in children(node)]


def count():
    number = 0
    while True:
        number += 1
        yield number


class Marker:
    """Marks of one document of an Index."""

    def __init__(self, index, doc):
        self.index = index
        self.doc = doc
        self.place = index.documents[doc]

    def marks(self, tree):
        """The set of marks; empty if the document does not match."""
        if tree is None:
            return set()
        return self.found(Numbered(tree, count()))[1]

    def found(self, item):
        """Whether a branch matches, and what it marks then."""
        node = item.node
        if isinstance(node, Not):
            return not self.found(item.parts[0])[0], set()
        if isinstance(node, (Or, And)):
            answers = [self.found(part) for part in item.parts]
            decide = any if isinstance(node, Or) else all
            if not decide(answer for answer, _ in answers):
                return False, set()
            return True, set().union(
                *(marks for answer, marks in answers if answer))
        if isinstance(node, AtLeast):
            return self.at_least(item)
        if self.index.stripped:
            there = self.doc in self.index.search(node)
            return there, {(item.number, None, None)} if there else set()
        spans = self.spans(item, True)
        return bool(spans), set().union(*spans.values())

    def at_least(self, item):
        inner = item.parts[0]
        if self.index.stripped:
            there, marks = self.found(inner)
            return (there, marks) if item.node.count == 1 and there \
                else (False, set())
        spans = self.spans(inner, True)
        if len({start for start, _, _ in spans}) < item.node.count:
            return False, set()
        return True, set().union(*spans.values())

    def spans(self, item, clamped=False):
        """The spans of an operand of proximity, each with its marks."""
        node = item.node
        if isinstance(node, Words):
            single = clamped and len(node.terms) == 1
            return {span: {(item.number, span[0], span[1])}
                    for span in self.index.word_spans(
                        node, self.doc, single)}
        together = {}
        if isinstance(node, Or):
            for part in item.parts:
                for span, marks in self.spans(part, clamped).items():
                    together.setdefault(span, set()).update(marks)
            return together
        if node.distance is None and not self.index.marked:
            return {}
        left = self.spans(item.parts[0])
        right = self.spans(item.parts[1])
        for x, x_marks in left.items():
            partners = [y for y in right if near(self.place, node, x, y)]
            if node.kind == "NOT NEAR":
                if not partners:
                    together[x] = x_marks
                continue
            for y in partners:
                span = (min(x[0], y[0]), max(x[1], y[1]), False)
                together.setdefault(span, set()).update(x_marks, right[y])
        return together


ACRONYM = re.compile(r"([^\W\d_]{1,2}\. ?)+[^\W\d_]{1,2}")


def end_of(text, word):
    """Where a word is shown to end: an acronym with its full stop."""
    start, end = word[:2]
    return end + (text[end:end + 1] == "." and
                  ACRONYM.fullmatch(text[start:end]) is not None)


def ranges(text, marks, characters=False):
    """The characters of a text that marks cover: merged (start, end)."""
    words = tokens.tokens(text, characters)
    merged = []
    for start, end in sorted(
            (words[first - 1][0], end_of(text, words[last - 1]))
            for _, first, last in marks):
        if merged and start < merged[-1][1]:
            merged[-1][1] = max(end, merged[-1][1])
        else:
            merged.append([start, end])
    return [tuple(pair) for pair in merged]


def marked(text, places, on, off):
    """The text with signs around these ranges."""
    out, at = [], 0
    for start, end in places:
        out += [text[at:start], on, text[start:end], off]
        at = end
    return "".join(out) + text[at:]
