"""Random documents and queries with fields of one's own."""
import datetime
import decimal

from .generate import Generator

DECLARED = "source text, topic text, date date, words number, seen date"
SOURCES = ["Daily Mail", "Daily Mirror", "The Times", "the  times of India",
           "O'Neill Post", "L’Équipe", "AT&T News", "Johnson & Johnson",
           "Le Monde", "Straße", "Mail", "Mail-Order Daily", "1984", "2026",
           "2026-03", "a274", "Reader's Digest", "U.S. News", "$ Report"]
TOPICS = ["oil", "gas", "oil and gas", "coal", "Wind", "Ölpreis"]
NUMBERS = ["0", "1", "-1", "5", "5.0", "9", "10", "11", "99", "100", "499",
           "500", "501", "740", "999", "1000", "1001", "9999", "10000",
           "0.5", "0.05", "0.051", "-0.5", "-0.05", "-9", "-9.5", "-10",
           "-740", "123456789012", "123456789013", "1e20", "-1e20", "1e-20",
           "3.14159", "3.1416"]


def a_day(rnd):
    """A day, mostly of twelve years, often at the end of a month."""
    kind = rnd.random()
    if kind < 0.02:
        return rnd.choice([datetime.date.min, datetime.date.max,
                           datetime.date(1000, 1, 1),
                           datetime.date(999, 12, 31)])
    first = datetime.date(2015, 1, 1)
    day = first + datetime.timedelta(rnd.randrange(12 * 365))
    if kind < 0.3:
        day = day.replace(day=1) - datetime.timedelta(rnd.randrange(2))
    if kind > 0.9:
        day = day.replace(month=rnd.choice([1, 12]),
                          day=rnd.choice([1, 31]))
    return day


def a_number(rnd):
    return decimal.Decimal(rnd.choice(NUMBERS)) if rnd.random() < 0.4 \
        else decimal.Decimal(rnd.randrange(-50, 3000)) \
        / rnd.choice([1, 1, 1, 10])


def values(rnd):
    """(name, value) of a document."""
    out = []
    for name, make, counts in (
            ("source", lambda: rnd.choice(SOURCES), (0, 1, 1, 1, 1)),
            ("topic", lambda: rnd.choice(TOPICS), (0, 1, 1, 2, 3)),
            ("date", lambda: a_day(rnd), (0, 1, 1, 1, 1, 1, 1)),
            ("words", lambda: a_number(rnd), (0, 1, 1, 1, 1, 2)),
            ("seen", lambda: a_day(rnd), (0, 0, 1))):
        out += [(name, make()) for _ in range(rnd.choice(counts))]
    return out


class FieldGenerator(Generator):
    """Queries in which many operands are values."""

    def cut_date(self):
        """A date, perhaps shorter than a day."""
        text = a_day(self.random).isoformat()
        return text[:self.random.choice([4, 7, 10, 10])]

    def a_number(self):
        rnd = self.random
        text = str(a_number(rnd))
        if "E" not in text and "." not in text and len(text) == 4 \
                and text[0] != "-" and self.chance(0.3):
            return text[0] + "," + text[1:]
        return text

    def range(self, name, end):
        """A value of dates or numbers in some form."""
        rnd = self.random
        kind = rnd.random()
        low, high = end(), end()
        if kind < 0.25:
            return name + rnd.choice([":", ":", "="]) + low
        if kind < 0.55:
            return "%s%s%s" % (name, rnd.choice(["<", ">", "<=", ">="]), low)
        if kind < 0.75:
            return "%s:%s..%s" % (name, low, high)
        if kind < 0.8:
            return "%s:%s.." % (name, low)
        if kind < 0.85:
            return "%s:..%s" % (name, high)
        if kind < 0.95:
            return "%s:[%s TO %s]" % (
                name, rnd.choice([low, low, "*"]), rnd.choice([high, "*"]))
        return name + ":*"

    def source(self):
        rnd = self.random
        name, value = rnd.choice(
            [("source", rnd.choice(SOURCES)), ("topic", rnd.choice(TOPICS))])
        name = rnd.choice([name, name, name.upper(), name.capitalize()])
        kind = rnd.random()
        word = value.split()[0]
        plain = word.isalnum()
        if kind < 0.15 and plain:
            return "%s:%s*" % (name, word[:rnd.randrange(1, len(word) + 1)])
        if kind < 0.25 and plain:
            return "%s:%s" % (name, word)
        if kind < 0.3 and plain and len(word) > 3:
            at = rnd.randrange(1, len(word) - 1)
            return "%s:%s?%s" % (name, word[:at], word[at + 1:])
        if kind < 0.35 and plain and len(word) > 3:
            return "%s:*%s" % (name, word[2:])
        if kind < 0.5:
            return "%s(%s)" % (name, rnd.choice([" or ", " ", " OR "]).join(
                '"%s"' % rnd.choice(SOURCES + TOPICS)
                for _ in range(rnd.randrange(1, 4))))
        if kind < 0.55:
            return name + ":*"
        if kind < 0.6:
            return '%s:"%s"*' % (name, word)
        text = rnd.choice([value, value, value.upper(), value.lower(),
                           value.replace(" ", "  ")])
        return '%s%s"%s"' % (name, rnd.choice(":="), text)

    def value(self):
        rnd = self.random
        kind = rnd.random()
        sign = rnd.choice(["", "", "", "", "-", "NOT ", "!"])
        if kind < 0.4:
            return sign + self.range(rnd.choice(["date", "Date", "seen"]),
                                     self.cut_date)
        if kind < 0.5:
            return sign + rnd.choice(["after:", "before:"]) + self.cut_date()
        if kind < 0.7:
            return sign + self.range("words", self.a_number)
        return sign + self.source()

    def operand(self, depth):
        if self.chance(0.5):
            return self.value()
        return super().operand(depth)
