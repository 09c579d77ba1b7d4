"""Small invented documents, dense in what proximity has to get right.

Few words, so that a query's operands meet often: repeated, in all four
fields, across sentence and paragraph ends, and past a tsvector's limits.
"""
import random

WORDS = ["storm", "storms", "stormy", "flood", "floods", "flooded", "fire",
         "fires", "hail", "wind"]
FIELDS = "ABCD"


def text(rnd, most):
    """Some sentences, now and then a line or paragraph break."""
    out = []
    for _ in range(rnd.randrange(1, most)):
        word = rnd.choice(WORDS)
        kind = rnd.random()
        if kind < 0.1:
            word = word.capitalize() + rnd.choice([".", "!", "?", ".\""])
        elif kind < 0.15:
            word += rnd.choice(["-", " U.S. ", " Mr. ", " 5.5 ", ", "]) \
                + rnd.choice(WORDS).capitalize()
        elif kind < 0.2:
            word += rnd.choice(["\n", "\n\n", "\r\n\r\n", "\u2029"])
        out.append(word if rnd.random() < 0.7 else word.capitalize())
    return " ".join(out)


def documents(seed, count):
    """count articles as (id, byline-less or full list of (field, text))."""
    rnd = random.Random(seed)
    made = []
    for number in range(count):
        fields = [(name, text(rnd, 9 if name != "D" else 40)
                   if name == "D" or rnd.random() < 0.5 else None)
                  for name in FIELDS]
        made.append((number, fields))
    made.append((count, [("A", "storm"), ("B", None), ("C", None),
                         ("D", "fire " + "hail " * 300 + "storm. Wind fire")]))
    for extra in (16370, 16380, 16383, 17000):
        filler = " ".join("x%d" % n for n in range(extra - 8))
        made.append((len(made), [
            ("A", None), ("B", None), ("C", None),
            ("D", "storm wind fire. " + filler + " " + text(rnd, 60))]))
    return made
