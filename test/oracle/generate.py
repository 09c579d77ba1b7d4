"""Random queries over all constructs of the language, drawn from articles.

Words come as people use them: a place in a random article gives a word, a
phrase or the operands of a proximity, so that a good share of the queries
finds something.
"""
import collections
import random
import re

from . import tokens

OPENING = ['"', "\u201c", "\u201d", "\u201e", "\u00ab", "\uff02", "\u301d",
           "\u300c", "\u2039", "\u275d", "\u300a", "\u05f4"]
CLOSING = ['"', "\u201d", "\u201c", "\u201f", "\u00bb", "\uff02", "\u301e",
           "\u300d", "\u203a", "\u275e", "\u300b", "\u05f4"]
PLAIN_CHUNK = re.compile(r"[A-Za-z0-9$][A-Za-z0-9.,;%$&'/-]*\Z")
A_WORD = re.compile(r"[A-Za-z]{4,}\Z")
MANGLES = list("\"\"''()()|&!-+*?:=#~^\\/%,. ") + [
    " AND ", " OR ", " NOT ", " W/3 ", " /s ", "\u201c", "()", " NEAR ",
    "ATLEAST2", "title:", " % ", "~2", " and ", " but not ", " W/0 ",
    '""', ";", "[", "]", "{", "}", "'", "\u2019", " NOT [", " -'", "hd=",
    "by(", "site:", " -site:", "site=", ":*", ":A", ":AB", "(k)", "(12)",
    " near5 ", " NEAR(3) ", " AROUND (4) ", " w/ 5 ", " ADJ ", " SAME ",
    " <-> ", " <2> ", " ~ 3", "+44 ", "\u3001", "\u2039", "\u05f4"]


class Passage:
    """The words of one field of one article, with their surface."""

    def __init__(self, text):
        self.text = text
        self.words = tokens.tokens(text)

    def surface(self, first, last):
        """What is printed from one word to another."""
        return " ".join(
            self.text[self.words[first][0]:self.words[last][1]].split())

    def word(self, n):
        return self.text[self.words[n][0]:self.words[n][1]]


class Generator:
    """Queries from a seed and a list of (field, text) lists.

    fuzzy: most of their words are followed by "~".
    """

    def __init__(self, seed, documents, fuzzy=False):
        self.random = random.Random(seed)
        self.fuzzy = fuzzy
        self.documents = documents
        self.fields = [name for name in
                       ("title", "headline", "hl", "A", "body", "text", "d",
                        "ad", "abcd", "byline", "Summary", "bd", "hd", "TI",
                        "tx", "td", "au", "lp", "hlp", "tiab")]

    # ------------------------------------------------------- material

    def pick(self):
        """A passage with some words, from the article in hand or another."""
        rnd = self.random
        for _ in range(100):
            if self.article is None or rnd.random() < 0.25:
                article = rnd.choice(self.documents)
                if self.article is None:
                    self.article = article
            else:
                article = self.article
            texts = [text for _, text in article if text]
            if not texts:
                self.article = None
                continue
            passage = Passage(rnd.choice(texts))
            if len(passage.words) >= 4:
                return passage
            self.article = None
        raise ValueError("no article with words")

    def chance(self, share):
        return self.random.random() < share

    # ----------------------------------------------------------- words

    def word(self, passage=None, at=None):
        """One word in some spelling."""
        rnd = self.random
        if passage is None:
            passage = self.pick()
        if at is None:
            at = rnd.randrange(len(passage.words))
        word = passage.word(at)
        if self.fuzzy and self.chance(0.6):
            return self.fuzzy_word(word)
        kind = rnd.random()
        if kind < 0.10 and A_WORD.match(word):
            return self.wildcard(word)
        if kind < 0.16:
            chunk = self.chunk(passage)
            if chunk:
                return chunk
        if kind < 0.20:
            return rnd.choice(["=", "#", "+"]) + word
        if kind < 0.22:
            return word + rnd.choice(["^2", "^1.5"])
        if kind < 0.24:
            return self.fuzzy_word(word)
        if kind < 0.26:
            return word + rnd.choice(
                ["'s", "\u2019s", "'", ",", ";", ".", "?"])
        if kind < 0.27:
            return "\\" + word
        if kind < 0.29:
            return word + rnd.choice(["(k)", "(12)", "(iv)(b)", "(c)(3)"])
        if kind < 0.31 and A_WORD.match(word):
            return word + rnd.choice([":*", ":A", ":AD", ":D", ":*d", ":b"])
        if kind < 0.33:
            return rnd.choice(["%s,%s", "%s;%s", "%s,-%s", "%s\uff0c%s"]) % (
                word, passage.word(rnd.randrange(len(passage.words))))
        return self.cased(word)

    def cased(self, word):
        rnd = self.random
        kind = rnd.random()
        if kind < 0.08:
            return word.upper()
        if kind < 0.2:
            return word.capitalize()
        if kind < 0.6:
            return word.lower()
        return word

    def chunk(self, passage):
        """A chunk of the text as it is printed, if it is harmless."""
        for _ in range(8):
            chunk = self.random.choice(passage.text.split())
            if PLAIN_CHUNK.match(chunk):
                return chunk
        return None

    def fuzzy_word(self, word):
        """A word, mostly with some mistakes in it, and "~"."""
        rnd = self.random
        for _ in range(rnd.choice([0, 0, 1, 1, 2])):
            at = rnd.randrange(len(word))
            letter = rnd.choice("aeinrst")
            kind = rnd.randrange(4)
            if kind == 0:
                word = word[:at] + letter + word[at:]
            elif kind == 1:
                word = word[:at] + letter + word[at + 1:]
            elif kind == 2 and len(word) > 1:
                word = word[:at] + word[at + 1:]
            elif kind == 3:
                word = word[:at] + word[at:at + 2][::-1] + word[at + 2:]
        if self.chance(0.05):
            word = rnd.choice(["=", "#", "x-", "l'"]) + word
        return self.cased(word) + rnd.choice(
            ["~"] * 6 + ["~1"] * 6 + ["~2"] * 6 +
            ["~3", "~0.8", "~1^2", "~^2", "^2~1", "~2,", "~1.", "~0", "*~1",
             "~1~2", "~x", "1~1", "~1:A", ":A~1"])

    def wildcard(self, word):
        rnd = self.random
        kind = rnd.randrange(9)
        inner = rnd.randrange(1, len(word) - 1)
        if kind == 0:
            return word[:rnd.randrange(2, len(word) + 1)] + "*"
        if kind == 1:
            return word[:rnd.randrange(3, len(word) + 1)] + "!"
        if kind == 2:
            return word[:rnd.randrange(2, len(word) + 1)] + "*" \
                * rnd.randrange(2, 5)
        if kind == 3:
            return word[:inner] + "?" + word[inner + 1:]
        if kind == 4:
            return word[:inner] + "*" + word[inner + rnd.randrange(2):]
        if kind == 5:
            return word[:inner] + "?" + word[inner + 1:] + "*"
        # one that leads, with three letters after it
        rest = word[rnd.randrange(len(word) - 2):]
        if kind == 6:
            return rnd.choice(["*", "*", "**", "?*"]) + rest
        if kind == 7:
            return "?" + rest
        return "*" + rest[:rnd.randrange(3, len(rest) + 1)] + "*"

    # --------------------------------------------------------- phrases

    def quoted(self, text):
        rnd = self.random
        if self.chance(0.5):
            return '"' + text + '"'
        if self.chance(0.1) and text == text.strip() and '"' not in text:
            return '""' + text + '""'
        blank = " " if self.chance(0.1) else ""
        return rnd.choice(OPENING) + blank + text + blank \
            + rnd.choice(CLOSING)

    def phrase(self, passage=None, first=None):
        """Words of a passage in quotation marks, often altered a little."""
        rnd = self.random
        if passage is None:
            passage = self.pick()
        length = rnd.choice([1, 2, 2, 2, 3, 3, 4, 5])
        count = len(passage.words)
        if first is None:
            first = rnd.randrange(max(1, count - length))
        last = min(first + length, count) - 1
        kind = rnd.random()
        if kind < 0.3:
            surface = passage.surface(first, last)
            if re.fullmatch(r"[A-Za-z0-9 .,;'/$%&()<>-]*", surface):
                return self.quoted(surface)
        words = [passage.word(n) for n in range(first, last + 1)]
        if kind < 0.4 and len(words) > 2:
            words[rnd.randrange(1, len(words) - 1)] = "*"
        elif kind < 0.5:
            n = rnd.randrange(len(words))
            if A_WORD.match(words[n]):
                words[n] = self.wildcard(words[n]).replace("!", "*")
        elif kind < 0.6 and len(words) > 1:
            if self.chance(0.7):
                rnd.shuffle(words)
            return self.quoted(" ".join(words)) + rnd.choice(
                ["~%d", " ~%d", "~ %d", " ~ %d"]) % rnd.randrange(1, 12)
        elif kind < 0.66 and A_WORD.match(words[-1]):
            words[-1] = words[-1][:rnd.randrange(1, len(words[-1]) + 1)]
            return self.quoted(" ".join(words)) + "*"
        return self.quoted(" ".join(self.cased(w) for w in words))

    # ------------------------------------------------------- proximity

    def distance(self):
        rnd = self.random
        return rnd.choice([1, 2, 3, 4, 5, 7, 10, 15, 25, 50, 100, 150, 300,
                           rnd.randrange(1, 16384)])

    def near_name(self):
        rnd = self.random
        n = self.distance() if self.chance(0.3) else rnd.randrange(1, 11)
        kind = rnd.random()
        if kind < 0.45:
            names = ["W/%d", "NEAR/%d", "N/%d", "WITHIN/%d", "w/%d",
                     "near/%d", "NEAR(%d)", "NEAR (%d)", "AROUND(%d)",
                     "w/ %d"]
            if n <= 255:
                names += ["/%d", "near%d", "NEAR%d"]
            return rnd.choice(names) % n
        if kind < 0.5:
            return "NEAR"
        if kind < 0.72:
            if self.chance(0.15):
                return rnd.choice(["ADJ", "<->"])
            names = ["PRE/%d", "P/%d", "ONEAR/%d", "ADJ/%d", "BEFORE/%d",
                     "pre/%d", "adj/%d", "NEXT/%d", "PRE/ %d", "<%d>"]
            if n <= 255:
                names += ["+%d", "adj%d", "pre%d", "ONEAR%d"]
            return rnd.choice(names) % n
        if kind < 0.8:
            return rnd.choice(["NOT W/%d", "NOT NEAR/%d", "NOTNEAR/%d",
                               "not w/%d", "NOT NEAR(%d)", "not w/ %d"]) % n
        if kind < 0.9:
            return rnd.choice(["/s", "W/S", "w/sent", "SENTENCE", "+s"])
        return rnd.choice(["/p", "W/P", "w/para", "PARAGRAPH", "+p",
                           "SAME"])

    def proximity(self, depth):
        """A chain of two to four operands from one stretch of text."""
        rnd = self.random
        passage = self.pick()
        count = rnd.choice([2, 2, 2, 2, 3, 3, 4])
        start = rnd.randrange(len(passage.words))
        places = sorted(
            min(start + rnd.randrange(0, 12), len(passage.words) - 1)
            for _ in range(count))
        if self.chance(0.4):
            rnd.shuffle(places)
        out = []
        conjunction = self.chance(0.06)
        for n, at in enumerate(places):
            if n:
                out.append(self.near_name())
            out.append(self.near_operand(passage, at, depth, conjunction))
            conjunction = False
        return " ".join(out)

    def near_operand(self, passage, at, depth, conjunction):
        rnd = self.random
        kind = rnd.random()
        if conjunction:
            return "(%s %s %s)" % (
                self.word(passage, at), rnd.choice(["&", "AND", "and"]),
                self.word(passage))
        if kind < 0.2:
            return self.phrase(passage, at)
        if kind < 0.32:
            return "(%s)" % rnd.choice([" OR ", " | ", " or ", "|"]).join(
                [self.atom(passage, at)] +
                [self.atom(self.pick(), None)
                 for _ in range(rnd.randrange(1, 3))])
        if kind < 0.4 and depth:
            return "(%s)" % self.proximity(depth - 1)
        return self.field(self.word(passage, at), 0.05)

    def atom(self, passage, at):
        if self.chance(0.25):
            return self.phrase(passage, at)
        return self.word(passage, at)

    def atleast(self):
        """ATLEAST of a word that the article has several times."""
        rnd = self.random
        passage = self.pick()
        counts = collections.Counter(w[2] for w in passage.words)
        often = [w for w, n in counts.items() if n > 1] or list(counts)
        word = rnd.choice(sorted(often))
        n = max(1, min(counts[word] + rnd.randrange(-1, 2), 255))
        name = rnd.choice(["ATLEAST", "atleast", "AtLeast"])
        kind = rnd.random()
        if kind < 0.6:
            return "%s%d(%s)" % (name, n, word)
        if kind < 0.8:
            return "%s%d %s" % (name, n, word)
        if kind < 0.9:
            return "%s%d(%s OR %s)" % (name, n, word, self.word())
        return "%s%d(%s W/5 %s)" % (name, 1 + n // 3, word, self.word())

    # --------------------------------------------------------- boolean

    def field(self, text, share):
        rnd = self.random
        if not self.chance(share) or text[:1] in "+":
            return text
        name = rnd.choice(self.fields)
        if len(name) > 1 and self.chance(0.3):
            if text[:1] == "(" or self.chance(0.5):
                return name + "=" + text
            return "%s(%s)" % (name, text)
        return name + ":" + text

    def operand(self, depth):
        rnd = self.random
        kind = rnd.random()
        if kind < 0.4:
            return self.field(self.word(), 0.12)
        if kind < 0.62:
            return self.field(self.phrase(), 0.12)
        if kind < 0.82:
            text = self.proximity(1)
            return text if self.chance(0.8) else "(%s)" % text
        if kind < 0.88:
            return self.atleast()
        if not depth:
            return self.word()
        left, right = rnd.choice([("(", ")"), ("( ", " )"),
                                  ("\uff08", "\uff09")])
        return self.field(left + self.expression(depth - 1) + right, 0.1) \
            + ("^2" if self.chance(0.03) else "")

    def expression(self, depth):
        """Operands joined by boolean operators in all spellings."""
        rnd = self.random
        count = rnd.choice([1, 1, 1, 2, 2, 3, 4])
        out = [self.operand(depth)]
        if self.chance(0.04):
            out.insert(0, rnd.choice(["NOT ", "-", "!"]))
        for _ in range(count - 1):
            out.append(rnd.choice(
                [" ", " ", " ", " AND ", " & ", " and ", " && ", "&",
                 " \uff06 ", " OR ", " | ", " or ", "|", " || ",
                 " NOT ", " -", " !", " AND NOT ", " and not ", " but not ",
                 " BUT NOT ", " & !", " OR NOT ", " % ", "\u00a0", " - ",
                 "; ", ", "]))
            out.append(self.operand(depth))
        return "".join(out)

    def query(self):
        """One query."""
        self.article = None
        return self.expression(2)

    def mangled(self):
        """A query with some characters lost, added or doubled."""
        rnd = self.random
        text = self.query()
        for _ in range(rnd.choice([1, 1, 2, 3])):
            at = rnd.randrange(len(text) + 1)
            kind = rnd.random()
            if kind < 0.4 and text:
                text = text[:at] + text[at + rnd.randrange(1, 4):]
            elif kind < 0.9:
                text = text[:at] + rnd.choice(MANGLES) + text[at:]
            else:
                text = text[:at] + text[max(0, at - 3):at] + text[at:]
        return text
