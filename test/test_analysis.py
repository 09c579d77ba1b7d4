"""Text analysis: tokens, folding, dictionaries, configurations, documents.

What a version of ICU may change (where Thai or Japanese words end, say) is
not fixed here; there the tests ask that a text is found by its own pieces.
"""

import os
import random
import re
from pathlib import Path

import icu
import psycopg
import pytest

from clock import cancelled, late
from oracle import tokens as oracle_tokens

SEED = int(os.environ.get("BISEARCH_SEED") or random.randrange(1 << 30))


@pytest.fixture
def rnd():
    print(f"BISEARCH_SEED={SEED}")
    return random.Random(SEED)


def processor_time(pid):
    """Seconds that a process has worked."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def one(con, sql, *args):
    return con.execute(sql, args).fetchone()[0]


def tokens(con, text, config="bisearch"):
    return one(con, "SELECT array(SELECT token FROM ts_parse(%s, %s)"
               " WHERE tokid <> 12)", config, text)


def places(con, text, config="bisearch"):
    """The lexemes of a text, as (position, lexeme) in order."""
    rows = con.execute(
        "SELECT p, lexeme FROM unnest(to_tsvector(%s::regconfig, %s))"
        " AS u(lexeme, ps, ws), unnest(ps) AS p ORDER BY 1, 2",
        [config, text]).fetchall()
    return [tuple(row) for row in rows]


def words(con, text, config="bisearch"):
    return [lexeme for _, lexeme in places(con, text, config)]


def document(con, *parts, config="bisearch"):
    """A bi_tsvector as a dict: lexeme -> [position with weight]."""
    headline, body, summary, byline = (list(parts) + [None] * 4)[:4]
    rows = con.execute(
        "SELECT lexeme, p, w FROM unnest(bi_tsvector(%s, %s, %s, %s,"
        " %s::regconfig)) AS u(lexeme, ps, ws), unnest(ps, ws) AS x(p, w)"
        " ORDER BY 1, 2",
        [headline, body, summary, byline, config]).fetchall()
    found = {}
    for lexeme, position, weight in rows:
        found.setdefault(lexeme, []).append(f"{position}{weight}")
    return found


def marks(con, text, sign="§", config="bisearch"):
    """Positions of the boundaries in a body."""
    found = []
    for lexeme, at in document(con, None, text, config=config).items():
        if lexeme.startswith(sign):
            found += [int(p[:-1]) for p in at]
    return sorted(found)


# -- tokens ---------------------------------------------------------------

@pytest.mark.parametrize("text, expected", [
    ("Hurricane, loss!", "Hurricane loss"),
    ("e-commerce covid-19 9/11 long/short", "e commerce covid 19 9 11 long short"),
    ("can't won’t rock‘n‘roll", "can't won’t rock‘n‘roll"),
    ("don‛t donʼt don＇t", "don‛t donʼt don＇t"),
    ("1,200 1.200,50 3.14", "1,200 1.200,50 3.14"),
    ("john@provider.com", "john provider com"),
    ("a@b 1@2 @x x@ a.@b a'@b", "a b 1 2 x x a b a b"),
    ("Mission:Impossible 12:30 a:b", "Mission Impossible 12 30 a b"),
    ("ＡＢ：ＣＤ ab＠cd", "ＡＢ ＣＤ ab cd"),
    ("Amazon.com snake_case x·y x‧y é·è", "Amazon com snake case x y x y é è"),
    ("カ・キ", "カ キ"),
    ("v1.2 a_1 1_a 1.a", "v1.2 a_1 1_a 1 a"),
    ("U.S. F.B.I. U.N.C.L.E. U.S.-based e.g.", "U.S. F.B.I. U.N.C.L.E. U.S. based e.g."),
    ("U.S's J.R.Smith U.S_dollar É.U.", "U.S's J R Smith U S dollar É.U."),
    ("U.S U.N.'s U.N.’S É.U.’s U.N.'sx U.N.s's", "U.S U.N.'s U.N.’S É.U.’s U.N. sx U.N.s's"),
    ("Ph.D. EE.UU. Ph.D Lt.Col. a.b.c1. Ph.D.'s. Öl.ÖL.", "Ph.D. EE.UU. Ph D Lt Col a b c1 Ph.D.'s Öl.ÖL."),
    ("AT&T R&D's a&é é&a ＡＴ＆Ｔ a& b & c &d && x e.&f Q1&2 é & & a",
     "AT & T R & D's a & é é & a ＡＴ ＆ Ｔ a b & c d x e f Q1 & 2 é & & a"),
    ("C++ $5 5% #tag", "C 5 5 tag"),
    ("_Titanic_ __init__ _a_b_ ＿é＿ _U.S._ _5_ ___ é_1", "Titanic init a b é U.S. 5 é_1"),
    ("l'eau L’Oréal dell'anno qu'il n'y d'Hondt s'été lorsqu'elle",
     "l eau L Oréal dell anno qu il n y d Hondt s été lorsqu elle"),
    ("d'Souza O'Neil aujourd'hui l'1 c't l' l'b l'l'eau", "d'Souza O'Neil aujourd'hui l 1 c't l l'b l'l'eau"),
    ("l'un'altra a.l'eau l'U.E. l’œuvre l'œ D’Étain d'e\u0301tain", "l un altra a l eau l U.E. l œuvre l œ D Étain d e\u0301tain"),
    ("CO₂ H₂O C₆H₁₂O₆ x₁₂y 5₂ ₂x é₂ (₂)", "CO₂ H₂O C₆H₁₂O₆ x₁₂y 5 x é₂"),
    ("m² 12km² KM³ in² x² a.m² 5² m²³ m²x am² ém²", "m² 12km² KM³ in² x a.m 5 m² m² x am ém"),
    ("6½ ½ ⅓x ①② a③ ⑳.", "6 ½ ½ ⅓ x ① ② a ③ ⑳"),
    ("צ׳יפס נתב”ג צה״ל a״b ׳ג׳ “אב”", "צ׳יפס נתב”ג צה״ל a b ג׳ אב"),
    ("COVID\u201119", "COVID 19"),
    ("a\u00a0b\u202fc\u2003d\u3000e 1\u202f000", "a b c d e 1 000"),
    ("צה\"ל 5\" x\"y", "צה\"ל 5 x y"),
    ("... --- !!! © 🙂 \u0301 ²", ""),
    ("\u0301x zz.\u0301y \u200dw", "x zz y w"),
    ("_ __ ___", ""),
    ("１２３ ١٢٣ Ⅷ", "１２３ ١٢٣ Ⅷ"),
    ("", ""),
    (" \t\n", ""),
])
def test_tokens(db, text, expected):
    assert tokens(db, text) == expected.split()


@pytest.mark.parametrize("text, expected", [
    ("J. K. Rowling", "J. K.|Rowling"),
    ("by J. R. R. Tolkien, 42 U. S. C. § 1983", "by|J. R. R.|Tolkien|42|U. S. C.|1983"),
    ("J.  K. x", "J|K|x"),
    ("J.\nK. x", "J.\nK.|x"),
    ("J.\n\nK. J.\u2029K. x", "J|K. J.|K|x"),
    ("J.\u00a0K.\u202fL. x", "J.\u00a0K.\u202fL.|x"),
    ("J.K. L. x", "J.K.|L|x"),
    ("J. K.L. x", "J|K.L.|x"),
    ("j. k. J. k. J K. J. K x", "j|k|J|k|J|K. J.|K|x"),
    ("J. Kx. Jx. K. x", "J|Kx|Jx|K|x"),
    ("É. E\u0301. Ж. x", "É. E\u0301. Ж.|x"),
    ("J. É. K. x", "J. É. K.|x"),
    ("(J. K.) J. K.5 J. K._", "J. K.|J|K|5|J|K"),
    ("U. S.'s x É. U.’s", "U. S.'s|x|É. U.’s"),
    ("J. K.'st", "J. K.|st"),
    ("d'A. B. x", "d|A. B.|x"),
])
def test_initials(db, text, expected):
    assert tokens(db, text) == expected.split("|")


def test_token_types(db):
    rows = db.execute("SELECT alias, token FROM ts_debug('bisearch', %s)",
                      ["Born 1999 v2 １２ 1,2"]).fetchall()
    assert rows == [("word", "Born"), ("blank", " "), ("number", "1999"),
                    ("blank", " "), ("word", "v2"), ("blank", " "),
                    ("number", "１２"), ("blank", " "), ("number", "1,2")]
    assert db.execute("SELECT alias, token FROM ts_debug('bisearch', 'A & é½①')"
                      " WHERE alias <> 'blank'").fetchall() == [
        ("word", "A"), ("ampersand", "&"), ("word", "é"), ("number", "½"),
        ("number", "①")]
    assert db.execute("SELECT alias FROM ts_token_type('bisearch')"
                      ).fetchall() == [("word",), ("number",), ("blank",),
                                       ("ampersand",)]


def test_what_the_parser_hands_out_makes_up_the_text(db, rnd):
    texts = [random_text(rnd) for _ in range(300)]
    texts += ["", " ", "x" * 3000, " " * 5000 + "x" + "\u3000" * 3000]
    for text in texts:
        got = one(db, "SELECT string_agg(token, '' ORDER BY o) FROM ts_parse("
                  "'bisearch', %s) WITH ORDINALITY t(tokid, token, o)", text)
        assert (got or "") == text


# -- both roads of the tokenizer ------------------------------------------

def icu_tokens(text):
    """The oracle's rules over ICU's boundaries."""
    oracle_tokens.ascii_segments, kept = (oracle_tokens.icu_segments,
                                          oracle_tokens.ascii_segments)
    try:
        return [text[start:end] for start, end in oracle_tokens.spans(text)]
    finally:
        oracle_tokens.ascii_segments = kept


def test_ascii_is_cut_as_icu_cuts_it(db, rnd):
    signs = "aabBzS01 9.._''',;:@-/\"\t&&$%~+()!?#sldqu"
    texts = ["".join(rnd.choice(signs) for _ in range(rnd.randint(1, 24)))
             for _ in range(40000)]
    texts += ["".join(chr(rnd.randint(1, 127)) for _ in range(rnd.randint(1, 24)))
              for _ in range(20000)]
    rows = db.execute(
        "SELECT array(SELECT token FROM ts_parse('bisearch', t) WHERE tokid <> 12)"
        " FROM unnest(%s::text[]) WITH ORDINALITY u(t, o) ORDER BY o",
        [texts]).fetchall()
    for text, (got,) in zip(texts, rows):
        assert got == icu_tokens(text), text


ATOMS = ["A.", "B.", "J", "U.S.", "U.N.'s", "Ph.D.", "EE.UU.", "'s", "s", "l'", "l'eau",
         "D'Arc", "dell'anno", "&", "AT&T", "_", "_x_", "1,200", ",500", "12,5", ".", "-",
         "@", ":", ";", "(", ")", "km", "m", "x"]

SIGNS_OF_OTHERS = ["é", "É.", "e\u0301.", "’s", "l’", "œ", "₂", "₁₂", "²", "³", "½", "①",
                   "⅟", "＆", "״", "”", "׳", "צה", "בג", "أ", "كِ", "ـ", "ی", "·", "‧",
                   "・", "＿", "，", "中国", "水", "🙂", "\u00a0", "\u2009"]


def test_tokens_are_the_oracles(db, rnd):
    """Strings dense in the signs that the rules are about."""
    for atoms in ATOMS, ATOMS + 2 * SIGNS_OF_OTHERS:
        texts = ["".join(rnd.choice(atoms) + rnd.choice(["", "", " ", " ", "\n"])
                         for _ in range(rnd.randint(1, 14))) for _ in range(3000)]
        rows = db.execute("""
            SELECT array(SELECT lexeme || ':' || p
                         FROM unnest(to_tsvector('bisearch', t)) u(lexeme, ps, ws),
                              unnest(ps) p ORDER BY p, lexeme)
            FROM unnest(%s::text[]) WITH ORDINALITY u(t, o) ORDER BY o""",
                          [texts]).fetchall()
        for text, (got,) in zip(texts, rows):
            assert got == [f"{lexeme}:{p}" for p, (_, _, lexeme) in
                           enumerate(oracle_tokens.tokens(text), 1)], text


def test_ascii_runs_do_not_depend_on_their_neighbours(db, rnd):
    signs = "abS01 9._',;@-é \n"
    for _ in range(2000):
        runs = ["".join(rnd.choice(signs) for _ in range(rnd.randint(1, 30)))
                for _ in range(4)]
        apart = [t for run in runs for t in tokens(db, run)]
        assert tokens(db, "\n".join(runs)) == apart, runs


def test_long_texts_are_cut_as_short_ones(db):
    text = "Le café de l'été, à 3.50 €. 日本語のテキスト、です。ราคาน้ำมัน U.S. foo_bar\n"
    assert tokens(db, text * 2000) == tokens(db, text) * 2000
    # without a blank: Chinese punctuation is where a chunk may end
    text = "中国人民银行，决定。"
    assert tokens(db, text * 5000) == tokens(db, text) * 5000


def test_a_text_without_any_place_to_cut(db):
    text = "中" * 100_000
    assert "".join(tokens(db, text)) == text


# -- borders of the pieces that a text is cut in ---------------------------

# runs that ICU may break where it must see what is around: letters with
# combining marks, beyond the basic plane, joined, of scripts without blanks
RUNS = ["é", "e\u0301", "Ж", "𐐀", "𝒳\u0301", "ب\u064e", "각", "क\u094d", "हि",
        "カ", "ー", "ひ", "中", "中国人民银行", "東京都庁の前で", "ราคาน้ำมัน", "ก", "ກຳ",
        "ភាសាខ្មែរ", "မြန်မာဘာသာ", "7", "é7", "é'", "1,2", "👩\u200d👧", "🏳\ufe0f"]

# signs that end no chunk
SIGNS = ["-", "/", "+", "’-", "\u00ad-", "…", "–", "\u0301", "\u200d"]


def long_run(rnd, size):
    """A text without any place where cutting it is known to be safe."""
    text = []
    while size > 0:
        run = rnd.choice(RUNS)
        most = 30_000 // len(run.encode())
        text.append(run * min(rnd.choice((1, 3, 40, 700, 1500, 9000)), most))
        text.append(rnd.choice(SIGNS) if rnd.random() < 0.8 else "")
        size -= len(text[-2].encode())
    return "".join(text)


def icu_words(text):
    """What ICU's boundaries cut the whole text in, if there is a letter or
    digit, without marks in front."""
    boundaries = icu.BreakIterator.createWordInstance(icu.Locale.getRoot())
    boundaries.setText(icu.UnicodeString(re.sub("’", "'", text)))
    units = text.encode("utf-16-le")
    found = []
    start = 0
    for end in boundaries:
        piece = units[2 * start:2 * end].decode("utf-16-le")
        start = end
        if any(icu.Char.isalpha(c) and icu.Char.charType(c) not in (6, 8)
               or icu.Char.isdigit(c) for c in piece):
            found.append(re.sub("\\A[\u0301\u200d\u00ad\ufe0f]+", "", piece))
    return found


def test_no_border_splits_a_word(db, rnd):
    """However long a word is, in whatever script: as ICU cuts the whole."""
    for _ in range(40):
        text = "é" + long_run(rnd, rnd.choice((20_000, 60_000)))
        assert tokens(db, text) == icu_words(text), [
            (c, len(t)) for t in re.findall(r"(.)\1*", text) for c in t[:1]]


def test_borders_are_nowhere(db, rnd):
    """The same words wherever the borders come to be."""
    for _ in range(10):
        text = "".join(rnd.choice(["é.", "éb.", "é_", "é·b", "É.U.", "ﬁ’s-",
                                   "е@", "é:b"]) * rnd.choice((1, 9, 2500, 9000))
                       for _ in range(6))
        expected = tokens(db, text + "-x")
        for pad in rnd.sample(range(1, 9000), 3):
            assert tokens(db, "é-" * pad + text + "-x")[pad:] == expected


@pytest.mark.parametrize("config", ["bisearch", "bisearch_english", "english",
                                    "simple"])
def test_a_word_that_is_too_long_leaves_nothing(db, config):
    db.execute("SET client_min_messages = error")
    for letter in "é", "e\u0301", "Ж", "𐐀", "각", "e", "é.", "7":
        for size in 2047, 8195, 12_300, 16_384, 16_390, 100_001, 262_244, 700_003:
            word = (letter * size).rstrip(".")
            if letter in "e7":
                word += "é"
            text = "x " + word + " y"
            if letter != "é.":
                assert one(db, "SELECT tsvector_to_array(bi_tsvector(NULL, %s,"
                           " NULL, NULL, %s::regconfig))", text, config) == \
                    (["x", "y", "§0", "¶0"] if "english" not in config or
                     config == "english" else ["x", "y", "~x", "~y", "§0", "¶0"])
                assert len(text.encode()) > 1 << 20 or one(
                    db, "SELECT websearch_to_bi_query(%s::regconfig, %s)"
                    "::text", config, text).endswith("x & y")
            # what is shown of it is marked where it stands
            assert one(db, "SELECT bi_highlight(%s, to_bi_query(%s::regconfig,"
                       " 'y'), '<', '>')", text, config) == \
                "x " + word + " <y>"


def test_a_long_word_takes_time_in_proportion(db):
    """Counted in what the server's process has worked."""
    pid = one(db, "SELECT pg_backend_pid()")

    def work(size):
        before = processor_time(pid)
        for _ in range(3):
            one(db, "SELECT length(bi_tsvector(NULL, repeat('é', %s)))", size)
        return processor_time(pid) - before

    work(1000)
    small = max(work(500_000), 0.05)
    assert work(4_000_000) < 8 * 4 * small


def test_core_counts_on_where_there_is_no_blank(db):
    """Configurations of others get a text in pieces, each of few enough words
    that core can count all of their positions."""
    text = "e," * 14_000 + "ab," + "é," * 2000 + "cd"
    for config in "english", "simple":
        assert one(db, "SELECT %s @~ to_bi_query(%s::regconfig, "
                   "'ab NEAR/2001 cd')", text, config)
        assert not one(db, "SELECT %s @~ to_bi_query(%s::regconfig, "
                       "'ab NEAR/2000 cd')", text, config)


# -- folding --------------------------------------------------------------

@pytest.mark.parametrize("text, expected", [
    ("HURRICANE Straße ﬁne ＡＢＣ", "hurricane strasse fine abc"),
    ("non\u00adstop zero\u200bwidth x\u200dy \ufeffbom", "nonstop zero width xy bom"),
    ("café cafe\u0301 CAFÉ naïve", "cafe cafe cafe naive"),
    ("Łódź Øresund đường ısı Ærø Œuvre", "lodz oresund duong isi aero oeuvre"),
    ("İstanbul ǿ ǽ ſ ª", "istanbul o ae s a"),
    ("Ёлка елка ёж Йод", "елка елка еж йод"),
    ("Ελλάς ΕΛΛΆΣ ᾳ Ἀθῆναι", "ελλασ ελλασ αι αθηναι"),
    ("हिन्दी", "हिन्दी"),
    ("مُحَمَّد كتـــاب أحمد إلى آل ٱلله على علی کتاب مدرسة هٰذا", "محمد كتاب احمد الي ال الله علي علي كتاب مدرسه هذا"),
    ("سؤال شيء لائق و\u0654", "سؤال شيء لائق ؤ"),
    ("שָׁלוֹם צ׳יפס ג׳ צַהַ״ל נתב”ג נתב“ג", "שלום צ'יפס ג צהל נתבג נתבג"),
    ("が ガ ｶﾞ", "が ガ ガ"),
    ("don't don’t don‘t donʼt don＇t don‛t", "don't " * 6),
    ("'quoted' ‘tis’ rock'n'roll'", "quoted tis rock'n'roll"),
    ("worker’s worker's WORKER'S workers’ James's James'",
     "worker worker worker workers james james"),
    ("it's let's o'brien l'été", "it let o'brien l ete"),
    ("U.S. us U.N.C.L.E. É.U. А.Б. e.g. F.B.I.", "us us uncle eu аб eg fbi"),
    ("U.S's v1.2 3.14", "us v1.2 3.14"),
    ("U.N.'s É.U.’s Ph.D. EE.UU. Ph.D.'s Lt.Col.", "un eu phd eeuu phd lt col"),
    ("J. K. Rowling É.\u00a0Ж. x", "jk rowling eж x"),
    ("CO₂ H₂O m² km³ x₁₂", "co2 h2o m2 km3 x12"),
    ("AT&T Marks & Spencer ＆", "at and t marks and spencer and"),
    ("_Titanic_", "titanic"),
    ("צה\"ל צה״ל צהל", "צהל צהל צהל"),
    ("١٢٣ १२३ １２３ 𝟙𝟚", "123 123 123 12"),
    ("1,200 1,200.50 1,200,000 12,345km", "1200 1200.50 1200000 12345km"),
    ("1,20 1,2000 1,200,30 12,50 1,23,456 ٢٬٣٤٥", "1,20 1,2000 1,200,30 12,50 1,23,456 2٬345"),
    ("１，２００", "1200"),
    ("Ⅷ x² ½ 6¾ ⅒ ↉ ⅟ ① ⑳ ㊿", "viii x 1 2 6 3 4 1 10 0 3 1 1 20 50"),
    ("Straße's", "strasse"),
])
def test_folding(db, text, expected):
    assert words(db, text) == expected.split()


def test_folding_of_a_word_from_any_parser(db):
    for word, folded in [("U.S.", "us"), ("example.com", "example.com"),
                         ("'", None), ("", None), ("x.", "x."), ("A.b.", "ab"),
                         ("'s", "s"), ("s'", "s"), ("''x''s''", "x"),
                         ("a.bc", "a.bc"), ("É.", "e."), ("a.bc.", "abc"),
                         ("ab.cde.", "ab.cde."), ("J. K.", "jk"), ("a b", "a b"),
                         ("é. b c.", "e. b c."), ("1,200", "1200"), (",200", ",200"),
                         ("&", "and"), ("＆", "and"), ("&&", "&&"), ("1/2", "1/2")]:
        got = one(db, "SELECT ts_lexize('bisearch_fold', %s)", word)
        assert got == (None if folded is None else [folded]), word


def test_folding_twice_changes_nothing(db, rnd):
    for _ in range(300):
        for word in words(db, random_text(rnd)):
            again = one(db, "SELECT ts_lexize('bisearch_fold', %s)", word)
            assert again == [word] or "·" in word or "." in word, word


def test_option_accents(db):
    with db.transaction(force_rollback=True):
        db.execute("CREATE TEXT SEARCH DICTIONARY keep "
                   "(TEMPLATE = bisearch_fold, ACCENTS = off)")
        lexize = "SELECT ts_lexize('keep', %s)"
        assert one(db, lexize, "CAFÉ") == ["café"]
        assert one(db, lexize, "cafe\u0301") == ["café"]
        assert one(db, lexize, "Łódź") == ["łódź"]
        assert one(db, lexize, "Ёлка") == ["ёлка"]
        assert one(db, lexize, "É.U.") == ["éu"]
        db.execute("CREATE TEXT SEARCH DICTIONARY take "
                   "(TEMPLATE = bisearch_fold, Accents = true)")
        assert one(db, "SELECT ts_lexize('take', 'É')") == ["e"]


@pytest.mark.parametrize("options, message", [
    ("TEMPLATE = bisearch_fold, COLOUR = red", "unrecognized parameter"),
    ("TEMPLATE = bisearch_fold, DICTIONARY = simple", "unrecognized parameter"),
    ("TEMPLATE = bisearch_fold, ACCENTS = maybe", "requires a Boolean"),
    ("TEMPLATE = bisearch_stem", "missing parameter"),
    ("TEMPLATE = bisearch_stem, DICTIONARY = ''", "invalid name syntax"),
])
def test_bad_options(db, options, message):
    with pytest.raises(psycopg.Error, match=message) as error:
        db.execute(f"CREATE TEXT SEARCH DICTIONARY bad ({options})")
    assert error.value.sqlstate != "XX000"


# -- stems ----------------------------------------------------------------

def test_exact_form_and_stem(db):
    assert places(db, "Raining cats, the 1,200 U.S. stocks", "bisearch_english") == [
        (1, "raining"), (1, "~rain"), (2, "cats"), (2, "~cat"), (3, "the"),
        (4, "1200"), (5, "us"), (5, "~us"), (6, "stocks"), (6, "~stock")]
    lexemes = one(db, "SELECT lexemes FROM ts_debug('bisearch_english', 'raining')")
    assert lexemes == ["raining", "~rain"]


def test_core_asks_for_either_form(db):
    query = one(db, "SELECT to_tsquery('bisearch_english', 'raining')::text")
    assert query == "'raining' | '~rain'"
    assert one(db, "SELECT to_tsvector('bisearch_english', 'It rained.') @@ "
               "to_tsquery('bisearch_english', 'raining')")


def test_what_was_said_in_another_configuration_is_found(db):
    assert one(db, "SELECT to_tsvector('bisearch_english', 'It was raining cats') "
               "@@ phraseto_tsquery('bisearch', 'raining cats')")


def test_no_word_begins_with_the_sign(db):
    assert words(db, "~rain ~~x ～y") == ["rain", "x", "y"]


def test_a_wrapped_dictionary_that_drops_and_one_that_does_not_know(db):
    with db.transaction(force_rollback=True):
        db.execute("CREATE TEXT SEARCH DICTIONARY only_known (TEMPLATE = simple,"
                   " ACCEPT = false)")
        db.execute("CREATE TEXT SEARCH DICTIONARY w (TEMPLATE = bisearch_stem,"
                   " DICTIONARY = only_known)")
        assert one(db, "SELECT ts_lexize('w', 'Word')") == ["word"]
        assert one(db, "SELECT ts_lexize('bisearch_english_stem', 'The')") == ["the"]


def test_the_wrapped_dictionary_is_looked_up_when_needed(db):
    with db.transaction(force_rollback=True):
        db.execute("CREATE TEXT SEARCH DICTIONARY early (TEMPLATE = bisearch_stem,"
                   " DICTIONARY = 'public.late')")
        with pytest.raises(psycopg.Error) as error, db.transaction():
            db.execute("SELECT ts_lexize('early', 'cats')")
        assert error.value.sqlstate == "42704"
        db.execute("CREATE TEXT SEARCH DICTIONARY public.late (TEMPLATE = snowball,"
                   " LANGUAGE = english)")
        assert one(db, "SELECT ts_lexize('early', 'cats')") == ["cats", "~cat"]
        db.execute("DROP TEXT SEARCH DICTIONARY public.late")
        with pytest.raises(psycopg.Error) as error, db.transaction():
            db.execute("SELECT ts_lexize('early', 'cats')")
        assert error.value.sqlstate == "42704"


def test_a_bare_name_is_looked_for_in_pg_catalog_first(db):
    with db.transaction(force_rollback=True):
        db.execute("CREATE TEXT SEARCH DICTIONARY public.english_stem "
                   "(TEMPLATE = simple)")
        db.execute("SET LOCAL search_path = public, pg_catalog")
        db.execute("CREATE TEXT SEARCH DICTIONARY bare (TEMPLATE = bisearch_stem,"
                   " DICTIONARY = english_stem)")
        assert one(db, "SELECT ts_lexize('bare', 'cats')") == ["cats", "~cat"]


def test_dictionaries_that_wrap_one_another(db):
    with db.transaction(force_rollback=True):
        db.execute("CREATE TEXT SEARCH DICTIONARY a (TEMPLATE = bisearch_stem,"
                   " DICTIONARY = 'public.b')")
        db.execute("CREATE TEXT SEARCH DICTIONARY b (TEMPLATE = bisearch_stem,"
                   " DICTIONARY = 'public.a')")
        for name in "a", "b":
            with pytest.raises(psycopg.Error, match="cannot be wrapped") as error, \
                    db.transaction():
                db.execute("SELECT ts_lexize(%s, 'cats')", [name])
            assert error.value.sqlstate == "22023"


# -- configurations -------------------------------------------------------

def test_create_configuration(db):
    with db.transaction(force_rollback=True):
        db.execute('CREATE SCHEMA "Odd Schema"')
        name = one(db, "SELECT bi_create_configuration('bisearch_french',"
                   " 'french_stem')::text")
        assert name == "bisearch_french"
        assert words(db, "maisons", name) == ["maisons", "~maison"]
        assert one(db, "SELECT ts_lexize('bisearch_french_stem', 'maisons')") == [
            "maisons", "~maison"]
        db.execute("SET LOCAL search_path = pg_catalog")
        name = one(db, "SELECT public.bi_create_configuration("
                   "'\"Odd Schema\".\"It''s\"', 'german_stem')::text")
        assert name == '"Odd Schema"."It\'s"'
        assert words(db, "Häuser", name) == ["hauser", "~haus"]


@pytest.mark.parametrize("name, state", [
    ("a.b.c", "0A000"), ("", "42602"), ("x" * 62, "42622"),
    ("nowhere.x", "3F000"), ("bisearch", "23505"),
])
def test_create_configuration_refuses(db, name, state):
    with pytest.raises(psycopg.Error) as error:
        db.execute("SELECT bi_create_configuration(%s, 'french_stem')", [name])
    assert error.value.sqlstate == state or (
        name == "bisearch" and error.value.sqlstate == "42710")


def test_an_ordinary_role_needs_a_schema_it_may_create_in(db):
    with db.transaction(force_rollback=True):
        db.execute("CREATE ROLE reader")
        db.execute("REVOKE CREATE ON SCHEMA public FROM public")
        db.execute("SET LOCAL ROLE reader")
        with pytest.raises(psycopg.Error) as error:
            db.execute("SELECT bi_create_configuration('x', 'french_stem')")
        assert error.value.sqlstate == "42501"


def test_headlines(db):
    got = one(db, "SELECT ts_headline('bisearch_english', %s, to_tsquery("
              "'bisearch_english', 'rain & stock'))",
              "It was raining cats & dogs; U.S. stocks fell, Łódź’s too.")
    assert got == ("It was <b>raining</b> cats & dogs; U.S. <b>stocks</b> fell, "
                   "Łódź’s too.")
    got = one(db, "SELECT ts_headline('bisearch', %s, to_tsquery('bisearch',"
              " 'cafe'), 'HighlightAll=true')", "Le  Café\n\n(cafés)")
    assert got == "Le  <b>Café</b>\n\n(cafés)"


def test_long_words_take_no_position(db):
    for long in "x" * 2047, "é" * 1024, "ﷺ" * 70:
        assert document(db, None, f"a {long} b")["b"] == ["2D"]
        assert places(db, f"a {long} b") == [(1, "a"), (2, "b")]
    assert places(db, "a " + "x" * 2046 + " b")[-1] == (3, "b")
    stems = places(db, "X" * 2046, "bisearch_english")
    assert [p for p, _ in stems] == [1]


# -- languages ------------------------------------------------------------

@pytest.mark.parametrize("text, pieces", [
    ("ราคาน้ำมันในตลาดโลกปรับตัวสูงขึ้น", ["ราคา", "น้ำมัน"]),
    ("保险公司宣布飓风造成的损失", ["保险", "损失"]),
    ("日本の保険会社は台風の損害を発表した", ["日本", "保険", "台風"]),
    ("ក្រុមហ៊ុនធានារ៉ាប់រងបានប្រកាសការខាតបង់", []),
    ("ບໍລິສັດປະກັນໄພປະກາດການສູນເສຍ", []),
    ("အာမခံကုမ္ပဏီသည်ဆုံးရှုံးမှုကိုကြေညာခဲ့သည်", []),
])
def test_languages_without_blanks(db, text, pieces):
    cut = tokens(db, text)
    assert len(cut) > 2
    assert "".join(cut) == text
    for piece in pieces + cut:
        assert one(db, "SELECT to_tsvector('bisearch', %s) @@ "
                   "plainto_tsquery('bisearch', %s)", text, piece), piece
    for i in range(len(cut) - 1):
        assert one(db, "SELECT to_tsvector('bisearch', %s) @@ "
                   "(plainto_tsquery('bisearch', %s) <-> plainto_tsquery('bisearch', %s))",
                   text, cut[i], cut[i + 1])


def test_the_multilingual_sample_is_found_by_its_own_words(multilingual):
    missing = one(multilingual, """
        SELECT count(*) FROM articles_ml a, ts_parse('bisearch', a.body) t
        WHERE t.tokid <> 12 AND octet_length(t.token) < 1000
          AND NOT a.tsv @@ plainto_tsquery('bisearch', t.token)""")
    assert missing == 0
    assert one(multilingual, "SELECT count(*) FROM articles_ml") == 260


# -- the direct road and core's -------------------------------------------

PIECES = ["the", "Cats", "U.S.", "Mr.", "No.", "worker’s", "1,200", "été", "日本語の。",
          "ราคาน้ำมัน", "e-mail", "a@b.c", "<a href='x. Y'>", "</a>", ".", "?", "! ",
          "\n", "\n\n", "\r\n \r\n", "\u2029", "\u200d", "\u0301", "'", '"', " ", "x_y",
          "صباح", "שלום", "𝟙𝟚", "ﬁ", "a.b", "Œ", "ё", "~", "\u00ad", "\u3000", "ends.Now"]


def random_text(rnd):
    return "".join(rnd.choice(PIECES) + rnd.choice(["", " ", " ", " "])
                   for _ in range(rnd.randint(0, 60)))


@pytest.fixture
def roads(db):
    """Configurations like ours that have to go through parsetext()."""
    with db.transaction(force_rollback=True):
        for name in "bisearch", "bisearch_english":
            db.execute(f"CREATE TEXT SEARCH CONFIGURATION long_{name} (COPY = {name})")
        db.execute("ALTER TEXT SEARCH CONFIGURATION long_bisearch ALTER MAPPING "
                   "FOR word WITH bisearch_fold, simple")
        db.execute("ALTER TEXT SEARCH CONFIGURATION long_bisearch_english ALTER "
                   "MAPPING FOR word WITH bisearch_english_stem, simple")
        yield db


def test_both_roads_give_the_same(roads, rnd):
    texts = [random_text(rnd) for _ in range(1500)]
    for name in "bisearch", "bisearch_english":
        rows = roads.execute(f"""
            SELECT t, bi_tsvector(null, t, config => '{name}')::text,
                   bi_tsvector(null, t, config => 'long_{name}')::text,
                   to_tsvector('{name}', t)::text
            FROM unnest(%s::text[]) t""", [texts]).fetchall()
        differ = 0
        for text, direct, core, plain in rows:
            unmarked = [re.sub(r"\s?'[§¶]\d+':[\d,]+", "", marked).strip()
                        for marked in (direct, core)]
            assert unmarked == [plain, plain], text
            differ += direct != core
        # where ICU ends a sentence within a word, the boundary may be before
        # or after it
        assert differ <= 3


def test_both_roads_give_the_same_for_long_texts(roads):
    text = "Some words, “quoted” here. And more!\nU.S. trade (No. 5).\n\n" * 3000
    rows = [one(roads, "SELECT bi_tsvector(null, %s, config => %s::regconfig)::text",
                text, config) for config in ("bisearch", "long_bisearch")]
    assert rows[0] == rows[1]


def test_positions_of_a_long_text_in_any_configuration(db):
    """parsetext() clamps positions; an analysis in pieces does not."""
    text = " ".join(f"w{i}" for i in range(16000)) + " <b class='x y'>z</b>"
    for config in "english", "simple", "bisearch":
        got = document(db, None, text, config=config)
        assert got["w15999"] == ["16000D"]
        assert got["z"] == ["16001D" if config == "english" or config == "simple"
                            else "16005D"]


# -- sentences and paragraphs ---------------------------------------------

@pytest.mark.parametrize("text, sentences, paragraphs", [
    ("", [], []),
    ("...", [], []),
    ("One two", [2], [2]),
    ("One two. Three.", [2, 3], [3]),
    ("One two! Three? Four", [2, 3, 4], [4]),
    ("One two.\nThree\nfour.", [2, 4], [4]),
    ("One\ntwo\r\nthree\rfour", [4], [4]),
    ("One two\n\nthree", [2, 3], [2, 3]),
    ("One two\n \t\nthree", [2, 3], [2, 3]),
    ("One two\r\n\r\nthree", [2, 3], [2, 3]),
    ("One two\n\u3000\nthree", [2, 3], [2, 3]),
    ("One two\u2029three", [2, 3], [2, 3]),
    ("One two\u2028three é", [4], [4]),
    ("\n\nOne\n\n\n\ntwo\n\n", [1, 2], [1, 2]),
    ("To the U.S. Damage followed", [5], [5]),
    ("John G. Roberts spoke", [4], [4]),
    ("In the É. Then", [4], [4]),
    ("Mr. Smith, Mrs. Jones, Ms. Lee, Dr. No. Prof. X", [10], [10]),
    ("Is it? No. The end", [2, 3, 5], [5]),
    ("St. Paul Jr. The Gov. The Sen. The Rep. The Gen. The", [12], [12]),
    ("A vs. B. Foo Inc. The Corp. The Co. The Ltd. The", [12], [12]),
    ("Say no. Then go", [2, 4], [4]),
    ("The xInc. The", [2, 3], [3]),
    ("Filing No. 5. The end", [3, 5], [5]),
    ("End of the Inc.\n\nThe next", [4, 6], [4, 6]),
    ("Is it Mr.? Yes", [3, 4], [4]),
    ("Standard and Poor's. He came", [3, 5], [5]),
    ("Poor’s. He’s 'J. Brown'", [1, 4], [4]),
    ("It rose 3.5 pct. in May", [6], [6]),
    ("Wait... then. Go", [2, 3], [3]),
    ("He said “Go.” She went", [3, 5], [5]),
    ("He said \"Go.\" She went", [3, 5], [5]),
    ("これは本です。それも本です。", None, None),
    ("Ἕν. Δύο. Τρία.", [1, 2, 3], [3]),
])
def test_sentences_and_paragraphs(db, text, sentences, paragraphs):
    if sentences is None:
        assert len(marks(db, text)) == 2
        return
    assert marks(db, text) == sentences
    assert marks(db, text, "¶") == paragraphs
    # a letter that is not ASCII sends the last paragraph to ICU
    assert marks(db, text + " É" if text else text)[:-1] == (
        sentences[:-1] if not text.endswith((".", "!", "?", "\n")) else sentences)


def icu_sentences(text):
    """Ends of sentences by ICU with the oracle's exceptions."""
    flat = re.sub(r"[\r\n\v\f]", " ", text).rstrip()
    return oracle_tokens.icu_sentence_breaks(flat, original=(text, True)) + [
        len(text)]


def test_ascii_sentences_end_as_icu_ends_them(db, rnd):
    atoms = "a B U.S. Mr Inc the Dog c 5 7 No".split()
    seps = [" ", ". ", "? ", "! ", '." ', ".", ", ", ".) ", "... ", " (", ") ", "-",
            ": ", "\n", "\t", "'", ".'", " .", " - ", " 5. ", " \n "]
    texts = ["".join(rnd.choice(atoms) + rnd.choice(seps)
                     for _ in range(rnd.randint(1, 9))) for _ in range(8000)]
    rows = db.execute("""
        SELECT array(SELECT q FROM unnest(bi_tsvector(null, t)) u(l, p, w),
                     unnest(p) q WHERE l = '§0' ORDER BY 1),
               array(SELECT tokid = 12 FROM ts_parse('bisearch', t)),
               array(SELECT token FROM ts_parse('bisearch', t))
        FROM unnest(%s::text[]) WITH ORDINALITY u(t, o) ORDER BY o""",
                      [texts]).fetchall()
    for text, (got, blank, token) in zip(texts, rows):
        starts, offset = [], 0
        for is_blank, piece in zip(blank, token):
            if not is_blank:
                starts.append(offset)
            offset += len(piece)
        expected = {sum(s < end for s in starts) for end in icu_sentences(text)}
        assert got == sorted(expected - {0}), text


# -- documents ------------------------------------------------------------

def test_fields_weights_and_gaps(db):
    assert document(db, "Rain falls", "It rains.", "In short", "By Joe") == {
        "rain": ["1A"], "falls": ["2A"], "by": ["103B"], "joe": ["104B"],
        "in": ["205C"], "short": ["206C"], "it": ["307D"], "rains": ["308D"],
        "§0": ["2A", "104B", "206C", "308D"], "¶0": ["2A", "104B", "206C", "308D"]}


def test_null_and_empty_parts_are_skipped(db):
    assert document(db, None, "rain") == {"rain": ["1D"], "§0": ["1D"], "¶0": ["1D"]}
    assert document(db, "", "rain")["rain"] == ["1D"]
    assert document(db, "...", "rain")["rain"] == ["1D"]
    assert document(db, None, None) == {}
    assert one(db, "SELECT bi_tsvector('x', 'y', config => NULL) IS NULL")


def test_a_new_mark_every_255(db):
    got = document(db, None, "A b! " * 511)
    assert [len(got[f"§{i}"]) for i in range(3)] == [255, 255, 1]
    assert "§3" not in got and got["¶0"] == ["1022D"]
    assert len(got["a"]) == 255
    got = document(db, None, "a b\n\n" * 256)
    assert [len(got[f"¶{i}"]) for i in range(2)] == [255, 1]


def notices(db):
    seen = []
    db.add_notice_handler(lambda d: seen.append(
        (d.severity, d.message_primary, d.message_detail)))
    return seen


def test_positions_past_the_last(db):
    seen = notices(db)
    # 16382 + 1: position 16383 is where clamped words stand
    got = document(db, None, " ".join(f"w{i}" for i in range(1, 16383)))
    assert got["w16382"] == ["16382D"] and seen == []
    # later ones go on in lexemes that count from 255 times their number
    got = document(db, None, " ".join(f"w{i}" for i in range(1, 16390)))
    assert got["w16382"] == ["16382D"]
    assert [got[f"w{i}"] for i in (16383, 16384, 16389)] == [["16383D"]] * 3
    assert [got[f"w{i}§64"] for i in (16383, 16384, 16389)] == \
        [["63D"], ["64D"], ["69D"]]
    assert got["§0"] == ["16383D"] and got["§0§64"] == ["69D"]
    assert seen == []


def test_what_exceeds_a_megabyte(db):
    seen = notices(db)
    n = 200_000
    got = document(db, "Headline", " ".join(f"w{i}" for i in range(n)))
    kept = sum(1 for w in got if re.fullmatch("w[0-9]+", w))
    assert 0 < kept < n
    assert f"w{kept - 1}" in got and f"w{kept}" not in got
    assert got["headline"] == ["1A"]
    for sign in "§¶":
        base = max(int(w[3:]) for w in got if w.startswith(f"{sign}0§"))
        place = int(got[f"{sign}0§{base}"][-1][:-1])
        assert base * 255 + place == 1 + 100 + kept
    assert len(seen) == 1
    assert seen[0][2].startswith(f"The last {n - kept} words")


def test_an_article_is_what_core_would_make_of_its_parts(db, rnd):
    for _ in range(200):
        parts = [random_text(rnd) for _ in range(2)]
        got = one(db, "SELECT ts_delete(v, array(SELECT lexeme FROM unnest(v) WHERE "
                  "lexeme ~ '^[§¶]'))::text FROM bi_tsvector(%s, %s) v", *parts)
        empty = one(db, "SELECT length(to_tsvector('bisearch', %s)) = 0", parts[0])
        gap = "''" if empty else one(
            db, "SELECT quote_literal(string_agg('g:' || i, ' ')) FROM "
            "generate_series(1, 100) i")
        core = one(db, "SELECT ts_delete(setweight(to_tsvector('bisearch', %s), 'A')"
                   f" || {gap}::tsvector || setweight(to_tsvector('bisearch', %s), 'D'),"
                   " 'g')::text", *parts)
        assert got == core, parts


def test_a_stored_value_is_valid(db, rnd):
    for _ in range(200):
        text = random_text(rnd)
        assert one(db, "SELECT v = v::text::tsvector FROM bi_tsvector(%s, %s) v",
                   text, text)


def test_generated_columns_and_expression_indexes(db):
    with db.transaction(force_rollback=True):
        db.execute("CREATE TABLE a (h text, b text, v tsvector GENERATED ALWAYS AS "
                   "(bi_tsvector(h, b)) STORED)")
        db.execute("CREATE INDEX ON a USING gin (bi_tsvector(h, b, "
                   "config => 'bisearch_english'))")
        db.execute("INSERT INTO a VALUES ('Rain', 'It rained.')")
        assert one(db, "SELECT v::text FROM a") == (
            "'it':102 'rain':1A 'rained':103 '§0':1A,103 '¶0':1A,103")


# -- encodings ------------------------------------------------------------

def test_latin1(encoded_db):
    con = encoded_db("LATIN1")
    assert words(con, "Café ÆON Øre ß ª «x» Ümläut’s".replace("’", "'")) == [
        "cafe", "aeon", "ore", "ss", "a", "x", "umlaut"]
    # LATIN1 has the micro sign but not the Greek letter it folds to
    assert words(con, "5 µm µ") == ["5", "µm", "µ"]
    assert marks(con, "One. Two") == [1, 2]
    assert words(con, "a\u00a0b a·b") == ["a", "b", "a", "b"]


def test_euc_jp(encoded_db):
    con = encoded_db("EUC_JP")
    assert words(con, "ＡＢＣ １２３ ｶﾞｽ") == ["abc", "123", "ガス"]
    text = "日本の保険会社は台風の損害を発表した。"
    assert "".join(tokens(con, text)) == text[:-1]
    assert {"日本", "台風"} <= set(words(con, text))
    assert len(marks(con, text * 2)) == 2
    assert words(con, "Ёлка ΕΛΛΑΣ") == ["елка", "ελλασ"]
    assert tokens(con, (text + "abc, ") * 2000) == tokens(con, text + "abc, ") * 2000


def test_sql_ascii(encoded_db):
    con = encoded_db("SQL_ASCII", client_encoding="SQL_ASCII")

    def hexes(data):
        return con.execute(
            b"SELECT string_agg(encode(convert_to(lexeme, 'SQL_ASCII'), 'hex'), ' ' "
            b"ORDER BY positions) FROM unnest(to_tsvector('bisearch', '" + data +
            b"'))").fetchone()[0]

    def expect(*lexemes):
        return " ".join(lexeme.hex() for lexeme in lexemes)

    def got(data):
        found = hexes(data)
        return found if isinstance(found, (str, type(None))) else found.decode()

    # UTF-8 where it is UTF-8
    assert got("Café 日本".encode()) == expect(b"cafe", "日本".encode())
    # any other byte separates
    assert got(b"caf\xe9 x\xffy") == expect(b"caf", b"x", b"y")
    # overlong, surrogate, cut short
    assert got(b"a\xc0\x80b c\xed\xa0\x80d e\xe6\x97") == expect(
        b"a", b"b", b"c", b"d", b"e")
    assert got(b"\xff\xfe\x80") is None


@pytest.mark.parametrize("encoding", ["UTF8", "LATIN1", "EUC_JP", "SQL_ASCII"])
def test_ascii_is_the_same_in_every_encoding(encoded_db, encoding):
    con = encoded_db(encoding, client_encoding="SQL_ASCII" if encoding == "SQL_ASCII"
                     else "UTF8")
    text = "The U.S. worker's e-mail: john@x.com, 1,200 (C++). Mr. Z left!\n\nNew."
    found = con.execute("SELECT encode(convert_to(bi_tsvector('Rain', %s, config => "
                        "'bisearch_english')::text, 'UTF8'), 'hex')"
                        if encoding != "SQL_ASCII" else
                        "SELECT encode(bi_tsvector('Rain', %s, config => "
                        "'bisearch_english')::text::bytea, 'hex')", [text]).fetchone()[0]
    found = found if isinstance(found, str) else found.decode()
    found = bytes.fromhex(found).decode()
    assert "'§0':1A,111,114,115" in found
    assert "'worker':104" in found and "'~worker':104" in found
    assert "'us':103" in found


# -- cancelling -----------------------------------------------------------

@pytest.mark.parametrize("unit", ["lorem ipsum. ", "a", ".", "A. ", "中", "ราคาน้ำมัน",
                                  "\n", "'", "café ", "<a ", ".)", "É. ", "l'é", "a&",
                                  "1,", "₂", "½", "7.  "])
def test_cancel(db, unit):
    text = unit * (20_000_000 // len(unit.encode()))
    with db.transaction(force_rollback=True):
        db.execute("CREATE TEMP TABLE t (x text)")
        db.execute("ALTER TABLE t ALTER x SET STORAGE EXTERNAL")
        db.execute("INSERT INTO t VALUES (%s)", [text])
        for call in ("to_tsvector('bisearch', x)", "bi_tsvector(null, x)",
                     "bi_tsvector(null, x, config => 'bisearch_english')",
                     "bi_tsvector(null, x, config => 'english')"):
            def attempt():
                with db.transaction(force_rollback=True):
                    return cancelled(
                        db, f"SELECT length({call}) FROM t", 0.05,
                        other=(psycopg.errors.ProgramLimitExceeded,))
            found = late(attempt, 0.3)
            assert not found, (call, found)


# -- sentences of scripts that spell vowels with signs ---------------------

@pytest.mark.parametrize("text, sentences", [
    # a letter with a vowel sign is a word, and often the verb at the end
    ("वह घर जाता है. मैं भी चलूँगा.", 2),
    ("वे घर जाते हैं. फिर आए थे. हम थे!", 3),
    ("उसने कहा (ऐसा है.) फिर गया.", 2),
    ("ਉਹ ਘਰ ਹੈ. ਉਹ ਆਇਆ.", 2),
    ("તે ઘરે છે. તે સારું છે.", 2),
    ("সে যায় না. সে আসে.", 2),
    ("ଘର ନା. ସେ ଆସେ.", 2),
    ("එය වේ. ඔහු ගියා.", 2),
    ("ລາວ ດີ. ຂ້ອຍ ໄປ.", 2),
    # but not where it is an initial, a title, or part of an acronym
    ("डॉ. सिंह और पं. नेहरू आए.", 1),
    ("जे. पी. नड्डा और के. शर्मा आए.", 1),
    ("5 कि.मी. दूर बी.जे.पी. का घर", 1),
    ("ડૉ. પટેલ અને પી. શાહ આવ્યા.", 1),
    ("ਡਾ. ਸਿੰਘ ਆਏ.", 1),
    ("ह. शर्मा और ज़. खान आए.", 1),
    ("மு. கருணாநிதி வந்தார்.", 1),
    ("కె. చంద్రశేఖర రావు", 1),
    ("പി. വിജയൻ", 1),
    ("ಕೆ. ಶಿವರಾಮ", 1),
    # the danda ends a sentence whatever stands before it
    ("वह है। मैं न। हम थे॥ और", 4),
    # Thai, Khmer and Burmese end sentences without a full stop
    ("เวลา 9 น. วันที่ 5 มี. นาคม มี.ค. 2560", 1),
    ("ប្រវែង ៥ គី. ម. និង អា. មួយ", 1),
    ("မွေး ဒီ. ဇင်", 1),
    ("သူလာ။ ငါသွား။", 2),
    # marks that are no vowels
    ("É. Zola e\u0301. x Ж. Ж", 1),
    ("ع\u064e. ب", 1),
])
def test_sentences_of_other_scripts(db, text, sentences):
    assert len(marks(db, text)) == sentences


def test_ascii_paragraphs_end_sentences_as_others_do(db, rnd):
    """The same places in a paragraph that is not ASCII alone."""
    pieces = ["a", "I", "G", "Mr", "it's", "Dr", "U.S", "No", "x1", "3", ". ",
              ".", "! ", "? ", " ", " ", ", ", '." ', ".) ", "'s. ", "- ", ": ",
              "_G. ", "etc. ", "A. ", "St. ", "vs. ", ".' ", "...", "\n"]
    for _ in range(3000):
        text = "".join(rnd.choice(pieces) for _ in range(rnd.randint(2, 14)))
        # in front, where no rule looks back to
        assert [m - 2 for m in marks(db, "é. Ab! " + text)][2:] == \
            [m - 2 for m in marks(db, "e. Ab! " + text)][2:], text


def test_a_sentence_at_the_border_of_a_chunk(db):
    """A paragraph is read 16 kB at a time."""
    for before in 8000, 8064, 8100, 8150, 8180, 8190, 8192, 8200, 8256:
        for unit in "é", "é ":
            text = unit * (before * 2 // len(unit.encode()) - 8)
            assert len(marks(db, text + " uno. Él vino, y dos " + "ó " * 300
                             + ". Tres")) == 3, (before, unit)
