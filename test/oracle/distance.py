"""The edit distance of two words, with exchanges of neighbours.

The whole table, after Lowrance and Wagner: an exchange may have characters
inserted or deleted between the two.
"""


def distance(one, other):
    """The least number of edits that make one word of the other."""
    far = len(one) + len(other)
    last_row = {}
    table = {(-1, -1): far}
    for i in range(len(one) + 1):
        table[i, -1], table[i, 0] = far, i
    for j in range(len(other) + 1):
        table[-1, j], table[0, j] = far, j
    for i, a in enumerate(one, 1):
        last_match = 0
        for j, b in enumerate(other, 1):
            row, column = last_row.get(b, 0), last_match
            if a == b:
                last_match = j
            table[i, j] = min(
                table[i - 1, j - 1] + (a != b),
                table[i, j - 1] + 1,
                table[i - 1, j] + 1,
                table[row - 1, column - 1] + (i - row - 1) + 1
                + (j - column - 1))
        last_row[a] = i
    return table[len(one), len(other)]


def letters(word):
    """The word's letters as a set of bits."""
    bits = 0
    for c in word:
        bits |= 1 << ord(c) % 61
    return bits


class Vocabulary:
    """Words, and what tells quickly that two of them differ too much."""

    def __init__(self, words):
        self.words = [(word, len(word), letters(word)) for word in words
                      if word[:1] not in ("~", "\u00a7", "\u00b6")]

    def within(self, word, edits):
        """The words at most so many edits away."""
        size, bits = len(word), letters(word)
        return [other for other, length, others in self.words
                if abs(length - size) <= edits
                and bin(bits ^ others).count("1") <= 2 * edits
                and distance(word, other) <= edits]
