"""bi_index_check and its kin: damage is found and sound indexes pass, figures
are true, and only the owner is served.

Each damage is done to the file of an index of its own: a database with many
indexes is copied, and the copies of their files are changed before anybody
reads them.  BISEARCH_SEED repeats a run.
"""

import random
import struct
import threading
import time

import psycopg
import pytest

from index_pages import (DEAD, DENSE, DOCS, INVALID, MAPS, BIGRAMS, POSITIONS, POSTINGS,
                         ROOM, TERMS, BLOCK, Pages)
from test_index import SEED, History

NDOCS = 300             # of the first segment, with the dead one
GONE = 100              # that one
RANDOM = 60             # indexes with a random damage


def article(n):
    """A tsvector; the first is NULL, the next two are alike."""
    if n == 0:
        return None
    if n in (1, 2):
        return "'twin':1,3"
    if n == GONE:
        return "'gone':1"
    words = {"common": range(1, 257 if n == 20 else 41), f"x{n}": [n % 9 + 1],
             f"w{n % 90}": [50, 52], f"w{n % 89}": [51]}
    for k in range(6):
        words[f"u{n}_{k}"] = [60 + k]
    for k in range(40):
        if n * (k + 3) % 7 < 2:
            words[f"m{k}"] = [150 + k]
    if 3 <= n <= 130 and n != GONE or n == 299:
        words["half"] = range(90, 15000, 700)
    if 3 <= n <= 10 or 150 <= n <= 271:
        words["gap"] = range(100, 107)
    if n == 298:
        words["far"] = [3, 16383]
        words["far§4194300"] = [7]
    if n == 297:
        words["zz"] = [200]
    if 31 <= n <= 36:
        words["heavy"] = ["3A", "5B", 9]
    if 161 <= n <= 176:
        words["long"] = range(1000, 11000, 1000)
    if n % 9 != 4:
        words["most"] = [300]
    if 201 <= n <= 210:
        words["bare"] = []
    if 221 <= n <= 232:
        words["edge"] = [16383]
    return " ".join(f"'{word}'" + ":" * bool(positions) +
                    ",".join(map(str, positions))
                    for word, positions in words.items())


DAMAGES = []


def damage(message, heap=False):
    """The function damages an index's pages, so that the check fails with
    the message; it may return the block that the error names."""
    def add(function):
        DAMAGES.append((function.__name__, function, message, heap))
        return function
    return add


def put(pages, at, *values):
    pages.data[at:at + len(values)] = bytes(values)


# the metapage

@damage("damaged metapage")
def meta_generation(p):
    p.current.generation = p.meta.next_generation
    return 0


@damage("damaged metapage")
def meta_segment_generation(p):
    p.segment(1).generation = 1 << 40
    return 0


@damage("two segments have one generation")
def meta_same_generation(p):
    for name in ("generation", "header", "ndocs"):
        setattr(p.segment(1), name, getattr(p.segment(0), name))


@damage("damaged metapage")
def meta_no_articles(p):
    p.segment(1).ndocs = 0


@damage("damaged metapage")
def meta_list_generation(p):
    p.current.generation = 0


@damage("damaged metapage")
def meta_list_pages(p):
    p.current.npages = 0


@damage("damaged metapage")
def meta_list_head(p):
    p.frozen.head = p.current.head


@damage("damaged metapage")
def meta_nsegments(p):
    p.meta.nsegments = 65


@damage("damaged metapage")
def meta_writing(p):
    p.meta.writing = p.meta.next_generation


@damage("damaged metapage")
def retired_generation(p):
    assert p.meta.nretired > 0
    p.retired(p.meta.nretired - 1).last = 1 << 40


@damage("damaged metapage")
def retired_order(p):
    p.retired(0).last = p.retired(0).first - 1


@damage("damaged metapage")
def retired_order_of_two(p):
    last = p.meta.nretired
    p.meta.nretired = last + 1
    for name in ("first", "last"):
        setattr(p.retired(last), name, p.retired(last - 1).first)


def retire(p, generation):
    p.meta.nretired = 1
    p.retired(0).first = p.retired(0).last = generation


@damage("retired pages are in use")
def retired_segment(p):
    retire(p, p.segment(0).generation)


@damage("retired pages are in use")
def retired_current(p):
    retire(p, p.current.generation)


@damage("retired pages are in use")
def retired_frozen(p):
    freeze(p)
    retire(p, p.frozen.generation)


@damage("retired pages are in use")
def retired_writing(p):
    p.meta.writing = p.retired(0).first


# blocks

@damage("block number is missing")
def block_missing(p):
    struct.pack_into("<I", p.data, p.map_entry(0, POSTINGS), INVALID)
    return p.map(0)


@damage("there is no block 1000000")
def block_beyond(p):
    struct.pack_into("<I", p.data, p.map_entry(0, POSITIONS), 1000000)
    return p.map(0)


@damage("is used twice")
def block_twice(p):
    assert p.stream(0, POSITIONS).npages == 2
    struct.pack_into("<I", p.data, p.map_entry(0, POSITIONS, 1),
                     p.block(0, POSITIONS, 0))
    return p.map(0)


@damage("is used twice")
def header_twice(p):
    p.segment(1).header = p.segment(0).header


@damage("unexpected page")
def page_kind(p):
    p.opaque(p.block(0, POSTINGS)).kind = 3


@damage("unexpected page")
def page_generation(p):
    p.opaque(p.block(1, DOCS)).generation = 2


@damage("unexpected page")
def page_magic(p):
    p.opaque(p.segment(0).header).magic = 0


@damage("unexpected page")
def page_zero(p):
    block = p.block(0, TERMS, 1)
    p.data[block * BLOCK:(block + 1) * BLOCK] = bytes(BLOCK)


# a segment's pages

@damage("header has a wrong number of map pages")
def header_maps(p):
    header, block = p.header(0), p.segment(0).header
    header.nmaps = 2
    struct.pack_into("<I", p.data, header.start + MAPS + 4, 1)
    p.set_used(block, p.used(block) + 4)
    return block


@damage("number of articles of a segment")
def header_docs(p):
    p.segment(0).ndocs = NDOCS - 1


@damage("page map has a wrong length")
def map_length(p):
    p.set_used(p.map(0), p.used(p.map(0)) + 4)
    return p.map(0)


@damage("page is empty")
def page_empty(p):
    block = p.block(0, TERMS, 1)
    p.set_used(block, 0)
    return block


@damage("page is not full")
def page_short(p):
    block = p.block(0, POSITIONS, 0)
    p.set_used(block, ROOM - 1)
    return block


@damage("stream does not have the length that the header says")
def stream_length(p):
    stream = p.stream(0, POSTINGS)
    stream.length = stream.length - 1


@damage("posting lists end before their streams")
def stream_end(p):
    stream, block = p.stream(0, POSTINGS), p.block(0, POSTINGS)
    assert stream.npages == 1
    stream.length = stream.length + 1
    p.set_used(block, p.used(block) + 1)


@damage("header has a wrong number of terms")
def header_terms(p):
    p.header(0).nterms = p.header(0).nterms + 1
    return p.segment(0).header


@damage("header has a wrong number of postings")
def header_postings(p):
    p.header(0).npostings = p.header(0).npostings + 1


# articles

@damage("heap address of an article")
def doc_offset(p):
    put(p, p.at(0, DOCS, 8 * 7 + 4), 0, 0)
    return p.block(0, DOCS)


@damage("heap address of an article")
def doc_offset_large(p):
    put(p, p.at(1, DOCS, 4), 0xFF, 0x7F)
    return p.block(1, DOCS)


@damage("heap address of an article")
def doc_offset_no_row(p):
    """More than a page of a table has rows."""
    put(p, p.at(0, DOCS, 4), 292 & 0xFF, 292 >> 8)


@damage("heap address of an article")
def doc_block(p):
    put(p, p.at(0, DOCS, 8 * 9), 0xFF, 0xFF, 0xFF, 0xFF)


@damage("an article is dead that is not there")
def dead_beyond(p):
    at = p.at(0, DEAD, (NDOCS - 1) // 8)
    put(p, at, p.data[at] | 0x80)
    return p.block(0, DEAD)


@damage("length of an article is not that of its words")
def doc_length(p):
    at = p.at(0, DOCS, 8 * 20 + 6)
    put(p, at, p.data[at] ^ 1)
    return p.block(0, DOCS)


# the dictionary

def root_entry(p, number):
    """Where an entry of the root has its term's rest, and ends."""
    at = p.content(p.block(0, TERMS, p.header(0).root))
    for _ in range(number + 1):
        rest, start = p.number(p.number(at)[1])
        end = p.number(start + rest)[1]
        at = end
    return start, start + rest, end


@damage("page of the dictionary has a wrong child")
def tree_child(p):
    _, at, _ = root_entry(p, 1)
    put(p, at, 0)
    return p.block(0, TERMS, p.header(0).root)


@damage("page of the dictionary does not have its child's first term")
def tree_term(p):
    _, end, _ = root_entry(p, 1)
    put(p, end - 1, p.data[end - 1] - 1)


@damage("does not have the shape that the header says")
def tree_root(p):
    p.header(0).root = 0
    return p.segment(0).header


@damage("does not have the shape that the header says")
def tree_levels(p):
    p.header(0).nlevels = 1


@damage("order of the dictionary")
def terms_order(p):
    first, second = list(p.terms(0, 1))[4:6]
    put(p, second.rest, 0x21)
    return p.block(0, TERMS, 1)


def restart_points(p, page):
    """Where the offsets of a leaf's restart points are, and their number."""
    block = p.block(0, TERMS, page)
    at, end = p.restarts(block), p.content(block) + p.used(block) - 2
    assert end - at >= 4
    return at, end


@damage("order of the dictionary")
def restart_elsewhere(p):
    """The entry that shares no bytes is taken for another one."""
    at, _ = restart_points(p, 1)
    put(p, at, p.data[at] ^ 1)


@damage("number out of range")
def restart_at_another(p):
    """It is an entry, but not the one that shares no bytes."""
    at, _ = restart_points(p, 1)
    other = list(p.terms(0, 1))[15]
    before = list(p.terms(0, 1))[14]
    offset = before.end - p.content(p.block(0, TERMS, 1))
    assert other.text > before.text
    put(p, at, offset & 255, offset >> 8)


@damage("restart points of the dictionary")
def restarts_too_many(p):
    _, end = restart_points(p, 1)
    put(p, end, 255, 255)


@damage("order of the dictionary")
def terms_order_across(p):
    """The last leaf and the root's entry for it both begin too early."""
    last = p.header(0).nleaves - 1
    first = next(p.terms(0, last))
    start, end, _ = root_entry(p, last)
    put(p, first.rest + len(first.text) - (end - start), 0x21)
    put(p, start, 0x21)


@damage("lexeme is not text")
def term_encoding(p):
    term = list(p.terms(0))[-1]
    put(p, term.rest, 0xFF)


# posting lists

@damage("posting list ends within a block")
def list_short(p):
    """Into its first block."""
    term = p.term(0, "common")
    put(p, term.len_at, 0x84, *[0x80] * (term.positions_len_at -
                                         term.len_at - 2), 0)


@damage("width of a block")
def list_width(p):
    put(p, p.at(0, POSTINGS, p.term(0, "common").postings), 33)
    return p.block(0, POSTINGS)


@damage("width of a block")
def list_frequency_width(p):
    put(p, p.at(0, POSTINGS, p.term(0, "common").postings + 1), 20)


@damage("posting list is longer than its articles")
def list_long(p):
    """Of two articles one is left."""
    term = next(t for t in p.terms(0) if t.here and t.ndocs == 3)
    put(p, term.ndocs_at, 2)


@damage("posting list is longer than its articles")
def list_long_block(p):
    """A list of one whole block, and a byte."""
    term = p.term(0, "half")
    assert term.ndocs == 128
    put(p, term.len_at, p.data[term.len_at] + 2)


@damage("posting list is longer than its articles")
def list_very_long(p):
    """More bytes than the numbers of a block could take."""
    term = p.term(0, "m0")
    assert p.stream(0, POSTINGS).length > term.postings + 3000
    assert term.ndocs < 128 and term.positions_len_at - term.len_at == 2
    put(p, term.len_at, 0x80 | 6000 & 0x7F, 6000 >> 7)


@damage("article delta")
def list_distance(p):
    term = next(t for t in p.terms(0) if t.here and t.postings_len > 7)
    put(p, term.postings_at + 1, *[0xFF] * 5, 0x01)


@damage("posting list names an article that is not there")
def list_article(p):
    term = p.term(0, "x250")
    assert term.postings_len == 3
    put(p, term.postings_at + 2, 0x7F)


@damage("width of positions")
def list_frequency(p):
    at = p.at(0, POSTINGS, p.term(0, "common").postings)
    assert p.data[at + 1] == 9
    width = p.data[at]
    put(p, at + 3 + (8 * (width - DENSE) if width > DENSE else 16 * width),
        *[0xFF] * 16 * 9)


@damage("posting list does not begin where the last one ends")
def list_place(p):
    term = p.term(0, "gap")
    put(p, term.postings_at, p.data[term.postings_at] - 1)


@damage("positions do not begin where the last ones end")
def positions_place(p):
    term = p.term(0, "gap")
    put(p, term.positions_at, p.data[term.positions_at] - 1)


@damage("skip does not have its block's last article")
def skip_last(p):
    skip = p.skip(0, p.term(0, "common"), 1)
    skip.last = skip.last + 1
    return p.block(0, POSTINGS)


@damage("skip does not point past its block")
def skip_postings(p):
    skip = p.skip(0, p.term(0, "common"), 1)
    skip.postings = skip.postings + 1


@damage("skip does not point past its block's positions")
def skip_positions_low(p):
    p.skip(0, p.term(0, "common"), 1).positions = 1


@damage("skip does not point past its block's positions")
def skip_positions_high(p):
    term = p.term(0, "common")
    p.skip(0, term, 2).positions = term.positions_len + 1


@damage("width of positions")
def skip_positions(p):
    skip = p.skip(0, p.term(0, "common"), 0)
    skip.positions = skip.positions - 1


@damage("position is too large")
def position_large(p):
    term = p.term(0, "far")
    assert term.positions_len == 8
    put(p, term.positions_at, *[0xFF] * 7, 0x0F)


@damage("positions do not rise")
def position_order(p):
    term = p.term(0, "gap")
    at = p.at(0, POSITIONS, term.positions)
    # the second number of seven bits
    put(p, at, p.data[at] & 0x7F, p.data[at + 1] & 0xC0)
    return p.block(0, POSITIONS, term.positions // ROOM)


@damage("positions do not rise")
def position_zero_twice(p):
    at = p.at(0, POSITIONS, p.term(0, "gap").positions)
    put(p, at, 0, p.data[at + 1] & 0xC0)


@damage("width of positions")
def position_width(p):
    put(p, p.at(0, POSTINGS, p.term(0, "common").postings + 2), 31)


@damage("width of positions")
def position_width_last(p):
    put(p, p.term(0, "x250").postings_at, 31)


@damage("width of positions")
def position_width_long(p):
    """There are bytes for one number only."""
    put(p, p.term(0, "x250").postings_at, 9)


@damage("width of positions")
def position_width_needless(p):
    put(p, p.term(0, "x250").postings_at, 5)


@damage("width of positions")
def position_width_of_none(p):
    put(p, p.term(0, "bare").postings_at, 1)


@damage("positions are more than the posting list says")
def positions_rest(p):
    """A bit in what fills the last byte."""
    at = p.term(0, "x250").positions_at
    put(p, at, p.data[at] | 0x80)


def runs(p):
    """Where the weights of heavy are: runs, two numbers of a byte each."""
    term = p.term(0, "heavy")
    assert term.here and term.ndocs == 6
    at = term.positions_at + (18 * p.data[term.postings_at] + 7) // 8
    assert list(p.data[at:at + 6]) == [0, 3, 0, 2, 1, 3]
    return at, term.end


@damage("weights of positions")
def weight_none(p):
    at, _ = runs(p)
    put(p, at + 1, 0)


@damage("weights of positions")
def weight_again(p):
    """Two runs that are one."""
    at, _ = runs(p)
    put(p, at + 3, 3)


@damage("weights are of more positions than there are")
def weight_run(p):
    _, end = runs(p)
    put(p, end - 1, 2 << 2 | 2)


@damage("weights are of more positions than there are")
def weight_gap(p):
    _, end = runs(p)
    put(p, end - 2, 2)


@damage("number out of range")
def weight_far_gap(p):
    _, end = runs(p)
    put(p, end - 2, 19)


@damage("number without end")
def weight_cut(p):
    _, end = runs(p)
    put(p, end - 1, 0x82)


@damage("positions are more than the posting list says")
def positions_more(p):
    """The second posting of twin has one position."""
    term = p.term(0, "twin")
    assert term.postings_len == 5
    put(p, term.postings_at + 4, 1)


@damage("posting list is longer than its articles")
def positions_long(p):
    """A list whose last skip leaves out some positions."""
    term = p.term(0, "gap")
    skip = p.skip(0, term, 1)
    at = p.at(0, POSTINGS, term.postings + term.postings_len)
    # the last article has a position less, in the list and in the skip
    assert p.data[at - 1] == 7
    put(p, at - 1, 6)
    skip.positions = term.positions_len - 1
    # 13 of 7 bits are left, and nothing after them
    at = p.at(0, POSITIONS, term.positions + term.positions_len)
    put(p, at - 2, p.data[at - 2] & 0x07)


@damage("posting list is longer than its articles")
def positions_of_none(p):
    """Positions and no article that has them."""
    term = p.term(0, "gap")
    last = p.skip(0, term, 1)
    last.positions = p.skip(0, term, 0).positions
    at = p.at(0, POSTINGS, term.postings + p.skip(0, term, 0).postings)
    assert term.postings_len - p.skip(0, term, 0).postings == 5
    put(p, at, 0)
    put(p, at + 2, 0)
    put(p, at + 4, 0)


@damage("positions are longer than the posting list says")
def positions_very_long(p):
    term = p.term(0, "long")
    assert p.stream(0, POSITIONS).length > term.positions + 1000
    assert term.postings_at - term.positions_len_at == 2
    put(p, term.positions_len_at, 0x80 | 1000 & 0x7F, 1000 >> 7)


# bigrams

@damage("header of a segment")
def bigrams_missing(p):
    p.header(0).bigrams = INVALID


@damage("header of a segment")
def bigrams_of_nothing(p):
    """A number of articles without bigrams."""
    p.header(1).frequent = 20
    return p.segment(1).header


@damage("header of a segment")
def bigrams_frequent_none(p):
    p.header(0).frequent = 0
    return p.segment(0).header


@damage("there is no block 1000000")
def bigrams_beyond(p):
    p.header(0).bigrams = 1000000


@damage("is used twice")
def bigrams_twice(p):
    p.header(0).bigrams = p.map(0)


@damage("is used twice")
def bigrams_shared(p):
    p.header(1).bigrams = p.header(0).bigrams
    p.header(1).frequent = p.header(0).frequent


@damage("unexpected page")
def bigrams_generation(p):
    p.opaque(p.header(0).bigrams).generation = p.segment(1).generation
    return p.header(0).bigrams


@damage("number of articles of a segment")
def bigrams_docs(p):
    p.header(BIGRAMS).ndocs = NDOCS - 1
    return p.header(0).bigrams


@damage("header of a segment")
def bigrams_of_bigrams(p):
    p.header(BIGRAMS).bigrams = p.header(0).bigrams
    p.header(BIGRAMS).frequent = p.header(0).frequent
    return p.header(0).bigrams


@damage("header of a segment")
def bigrams_frequent_of_bigrams(p):
    p.header(BIGRAMS).frequent = 1
    return p.header(0).bigrams


@damage("stream of a segment")
def bigrams_articles(p):
    p.stream(BIGRAMS, DOCS).length = 8 * NDOCS


@damage("header has a wrong number of terms")
def bigrams_terms(p):
    p.header(BIGRAMS).nterms = p.header(BIGRAMS).nterms - 1
    return p.header(0).bigrams


@damage("header has a wrong number of postings")
def bigrams_postings(p):
    p.header(BIGRAMS).npostings = p.header(BIGRAMS).npostings + 1
    return p.header(0).bigrams


@damage("does not have the shape that the header says")
def bigrams_levels(p):
    p.header(BIGRAMS).nlevels = 2
    return p.header(0).bigrams


@damage("page map has a wrong length")
def bigrams_map_length(p):
    p.set_used(p.map(BIGRAMS), p.used(p.map(BIGRAMS)) - 4)
    return p.map(BIGRAMS)


@damage("is used twice")
def bigrams_block_twice(p):
    struct.pack_into("<I", p.data, p.map_entry(BIGRAMS, TERMS),
                     p.block(0, TERMS))
    return p.map(BIGRAMS)


@damage("unexpected page")
def bigrams_zero(p):
    block = p.block(BIGRAMS, POSTINGS)
    p.data[block * BLOCK:(block + 1) * BLOCK] = bytes(BLOCK)
    return block


@damage("page is empty")
def bigrams_empty(p):
    block = p.block(BIGRAMS, TERMS)
    p.set_used(block, 0)
    return block


def last_bigram(p):
    term = list(p.terms(BIGRAMS))[-1]
    zero = term.text.index(b"\0")
    # where the term's bytes would be, if all were here
    start = term.ndocs_at - len(term.text)
    assert start + zero >= term.rest
    return start + zero, term


@damage("term of a bigram is not two words")
def bigrams_one_word(p):
    zero, _ = last_bigram(p)
    put(p, zero, ord("m"))
    return p.block(BIGRAMS, TERMS)


@damage("lexeme is not text")
def bigrams_three_words(p):
    _, term = last_bigram(p)
    put(p, term.ndocs_at - 1, 0)


@damage("lexeme is not text")
def bigrams_encoding(p):
    _, term = last_bigram(p)
    put(p, term.ndocs_at - 1, 0xFF)
    return p.block(BIGRAMS, TERMS)


@damage("lexeme is not text")
def bigrams_encoding_first(p):
    zero, _ = last_bigram(p)
    put(p, zero - 1, 0xFF)


def last_list(p):
    """The last one that is not in the dictionary."""
    term = [term for term in p.terms(BIGRAMS) if not term.here][-1]
    assert term.ndocs < 128 and p.data[term.postings_at] & 0x7F
    return term


@damage("bigrams are not those of the posting lists")
def bigrams_other_word(p):
    _, term = last_bigram(p)
    put(p, term.ndocs_at - 1, p.data[term.ndocs_at - 1] + 1)
    return p.header(0).bigrams


@damage("bigrams are not those of the posting lists")
def bigrams_other_article(p):
    """The second one of a list."""
    term = p.term(BIGRAMS, "m3\0m4")
    at = p.at(BIGRAMS, POSTINGS, term.postings)
    assert term.ndocs < 128 and p.data[at + 3] > 2
    put(p, at + 2, p.data[at + 2] + 2, p.data[at + 3] - 2)


@damage("bigrams are not those of the posting lists")
def bigrams_less_articles(p):
    """The last one is missing, in the numbers too."""
    term = last_list(p)
    put(p, term.ndocs_at, p.data[term.ndocs_at] - 1)
    put(p, term.len_at, p.data[term.len_at] - 2)
    block, stream = p.block(BIGRAMS, POSTINGS), p.stream(BIGRAMS, POSTINGS)
    assert stream.npages == 1
    stream.length = stream.length - 1
    p.set_used(block, p.used(block) - 1)
    p.header(BIGRAMS).npostings = p.header(BIGRAMS).npostings - 1


@damage("bigrams are not those of the posting lists")
def bigrams_of_other_positions(p):
    """What the bigrams are of was changed, and only they show it."""
    term = p.term(0, "m8")
    at = p.at(0, POSITIONS, term.positions)
    put(p, at, p.data[at] ^ 1)


@damage("posting of a bigram")
def bigrams_frequency(p):
    """The first posting without positions."""
    term = p.term(BIGRAMS, "m3\0m4")
    at = p.at(BIGRAMS, POSTINGS, term.postings)
    assert term.ndocs < 128
    put(p, at + 1, p.data[at + 1] & 0xFE, 0)
    put(p, term.ndocs_at, term.ndocs - 1)


@damage("width of positions")
def bigrams_width(p):
    put(p, p.at(BIGRAMS, POSTINGS,
                p.term(BIGRAMS, "common\0common").postings + 2), 1)
    return p.block(BIGRAMS, POSTINGS)


@damage("skip does not have its block's last article")
def bigrams_skip(p):
    skip = p.skip(BIGRAMS, p.term(BIGRAMS, "common\0common"), 1)
    skip.last = skip.last + 1
    return p.block(BIGRAMS, POSTINGS)


@damage("skip does not point past its block")
def bigrams_skip_list(p):
    skip = p.skip(BIGRAMS, p.term(BIGRAMS, "common\0common"), 0)
    skip.postings = skip.postings + 1


@damage("dense block has a wrong number of articles")
def bigrams_list(p):
    term = p.term(BIGRAMS, "common\0common")
    put(p, p.at(BIGRAMS, POSTINGS, term.postings) + 3, *[0xFF] * 16)


def dense_block(p, first=0):
    """Where a dense block begins, its words and the article before it; not
    one of the list's first blocks."""
    for number in (0, BIGRAMS):
        for term in p.terms(number):
            for block in range(first, term.ndocs // 128):
                if term.here:
                    continue
                at, last = term.postings, -1
                if term.ndocs > 128 and block:
                    skip = p.skip(number, term, block - 1)
                    at, last = at + (skip.postings & 0xFFFFFFFF), skip.last
                at = p.at(number, POSTINGS, at)
                if p.data[at] > DENSE and (first == 0 or (last + 1) % 64):
                    return at, p.data[at] - DENSE
    raise AssertionError("there is no dense block")


@damage("width of a block")
def dense_words(p):
    put(p, dense_block(p)[0], DENSE + 65)


@damage("dense block has an article of the block before")
def dense_before(p):
    at, _ = dense_block(p, 1)
    put(p, at + 3, p.data[at + 3] | 1)


@damage("dense block has a wrong number of articles")
def dense_last(p):
    """One article less."""
    at, words = dense_block(p)
    last = at + 3 + 8 * words - 1
    while p.data[last] == 0:
        last -= 1
    put(p, last, p.data[last] & p.data[last] - 1)


@damage("posting list does not begin where the last one ends")
def bigrams_place(p):
    term = last_list(p)
    put(p, term.postings_at, p.data[term.postings_at] - 1)


def frequencies(p):
    """In how many articles words of bigrams are, and the next less one."""
    least = p.header(0).frequent
    numbers = sorted({term.ndocs for term in p.terms(0)})
    at = numbers.index(least)
    return numbers[at - 1], numbers[at + 1]


@damage("frequent words of a segment")
def bigrams_frequent_low(p):
    """No word has that document frequency."""
    least = p.header(0).frequent - 1
    assert least not in frequencies(p)
    p.header(0).frequent = least
    return p.header(0).bigrams


@damage("frequent words of a segment")
def bigrams_frequent_all(p):
    p.header(0).frequent = 1


@damage("frequent words of a segment")
def bigrams_frequent_high(p):
    p.header(0).frequent = NDOCS + 1


@damage("bigrams are not those of the posting lists")
def bigrams_frequent_next(p):
    p.header(0).frequent = frequencies(p)[1]


@damage("bigrams are not those of the posting lists")
def bigrams_frequent_bare(p):
    p.header(0).frequent = p.term(0, "bare").ndocs


@damage("bigrams are not those of the posting lists")
def bigrams_frequent_edge(p):
    """Words that stand where others may be too, and the list's last."""
    p.header(0).frequent = p.term(0, "edge").ndocs


# pending lists

def freeze(p):
    """As an interrupted flush leaves it."""
    p.opaque(p.current.tail).closed = 1
    for name in ("generation", "head", "tail", "npages", "nlarge"):
        setattr(p.frozen, name, getattr(p.current, name))
    p.current.generation = p.meta.next_generation
    p.current.head = p.current.tail = INVALID
    p.current.npages = p.current.nlarge = 0
    p.meta.next_generation = p.meta.next_generation + 1


@damage(None, heap=True)
def frozen(p):
    freeze(p)


@damage("frozen pending list is not closed")
def frozen_open(p):
    freeze(p)
    p.opaque(p.frozen.tail).closed = 0
    return p.frozen.tail


@damage("frozen pending list is not closed")
def frozen_on(p):
    freeze(p)
    p.opaque(p.frozen.tail).next = 0


@damage("pending list goes on past its end")
def current_closed(p):
    p.opaque(p.current.tail).closed = 1
    return p.current.tail


@damage("pending list goes on past its end")
def current_on(p):
    p.opaque(p.current.tail).next = 0


@damage("pending list is closed before its end")
def pending_closed(p):
    p.opaque(p.current.head).closed = 1
    return p.current.head


@damage("pending list does not have the length that the metapage says")
def pending_length(p):
    p.current.npages = p.current.npages - 1


@damage("block number is missing")
def pending_broken(p):
    p.opaque(p.current.head).next = INVALID


@damage("is used twice")
def pending_circle(p):
    p.opaque(p.current.head).next = p.current.head


@damage("unexpected page")
def pending_kind(p):
    p.opaque(p.current.head).kind = 6


@damage("page is empty")
def pending_empty(p):
    p.set_used(p.current.head, 0)
    return p.current.head


@damage("heap address of an article")
def pending_address(p):
    next(p.items(p.current.head)).offset = 0
    return p.current.head


@damage("neither live nor dead")
def pending_dead(p):
    next(p.items(p.current.head)).dead = 2


@damage("item of a pending list")
def pending_size(p):
    list(p.items(p.current.head))[-1].size = 9000


@damage("tsvector in a pending list")
def pending_vector(p):
    put(p, next(p.items(p.current.head)).start + 16 + 7, 0x7F)


@damage("lexeme is not text")
def pending_encoding(p):
    at = p.data.index(b"zz", p.content(p.current.head))
    put(p, at + 1, 0xFF)
    return at // BLOCK


@damage("large article is small")
def large_small(p):
    p.large().size = 5000


@damage("page of a large article has a wrong length")
def large_length(p):
    block = p.large().large
    p.set_used(block, p.used(block) - 1)
    return block


@damage("large article goes on past its end")
def large_on(p):
    last = list(p.chain(p.large().large))[-1]
    p.opaque(last).next = 0
    return last


@damage("is used twice")
def large_twice(p):
    block = p.large().large
    p.opaque(block).next = block


# what only the table shows

@damage("is not in the index", heap=True)
def row_missing(p):
    put(p, p.at(0, DEAD), 1)


@damage("is not in the index", heap=True)
def row_missing_pending(p):
    next(p.items(p.current.head)).dead = 1


@damage("has other words or positions in the index", heap=True)
def row_position(p):
    term = p.term(0, "x250")
    put(p, term.positions_at, p.data[term.positions_at] + 2)


@damage("has other words or positions in the index", heap=True)
def row_weight(p):
    at, _ = runs(p)
    put(p, at + 1, 1)


@damage("has other words or positions in the index", heap=True)
def row_word(p):
    term = p.term(0, "x250")
    put(p, term.ndocs_at - 1, ord("!"))


@damage("has other words or positions in the index", heap=True)
def row_pending(p):
    at = p.data.index(b"zz", p.content(p.current.head))
    put(p, at + 1, ord("y"))


@damage("is in the index twice", heap=True)
def row_twice(p):
    at = p.at(0, DOCS)
    p.data[at + 8:at + 16] = p.data[at:at + 8]


@damage("has no article, but the index has one", heap=True)
def row_null(p):
    put(p, p.at(0, DOCS), 0, 0, 0, 0, 1, 0)


def dead_article(p):
    """The only one, which is GONE's: rows may be in another order."""
    dead, = [n for n in range(p.header(0).ndocs)
             if p.data[p.at(0, DEAD, n // 8)] >> n % 8 & 1]
    return dead


@damage("heap pages of articles are not those of their addresses")
def range_first(p):
    p.range(0, 0).last = p.range(0, 0).last + 1


@damage("heap pages of articles")
def range_backwards(p):
    p.range(0, 0).first = p.range(0, 0).last + 1


@damage("has no article, but the index has one", heap=True)
def row_null_last(p):
    """A dead article comes to life, as that of the table's last row, which
    is NULL and comes after the last pending one."""
    last = list(p.items(p.current.tail))[-1]
    gone = dead_article(p)
    p.move(0, gone, last.block_high, last.block_low, last.offset + 1)
    at = p.at(0, DEAD, gone // 8)
    put(p, at, p.data[at] ^ 1 << gone % 8)


@damage("is past the end of the table", heap=True)
def row_beyond(p):
    """A dead article comes to life, and is far away."""
    gone = dead_article(p)
    p.move(0, gone, 1, 0, 1)
    at = p.at(0, DEAD, gone // 8)
    put(p, at, p.data[at] ^ 1 << gone % 8)


@pytest.fixture(scope="module")
def damaged(server):
    """A connection to a database where index d<n> has damage n, and r<n> a
    random one; and the block that each damage's error names, if it says."""
    rnd = random.Random(SEED)
    names = [f"d{n}" for n in range(len(DAMAGES))] + \
        [f"r{n}" for n in range(RANDOM)] + ["sound"]
    server.create_database("pages")
    with server.connect("pages") as con:
        con.execute("CREATE TABLE articles (tsv tsvector) "
                    "WITH (autovacuum_enabled = off)")
        add(con, range(NDOCS + 1))
        for name in names:
            con.execute(f"CREATE INDEX {name} ON articles "
                        "USING bisearch (tsv)")
        con.execute("DELETE FROM articles WHERE tsv @@ 'gone'")
        add(con, range(301, 340))
        con.execute("VACUUM (INDEX_CLEANUP ON) articles")
        add(con, [297])
        add(con, range(340, 380))
        con.execute("INSERT INTO articles SELECT to_tsvector('simple', "
                    "string_agg('large' || n, ' ')) "
                    "FROM generate_series(1, 1500) n")
        add(con, [*range(380, 420), 0])
        con.execute("CHECKPOINT")
        files = {name: con.execute("SELECT pg_relation_filenode(%s::regclass)",
                                   [name]).fetchone()[0] for name in names}
    server.drop_database("damaged")
    with server.connect() as con:
        con.execute("CREATE DATABASE damaged TEMPLATE pages STRATEGY file_copy")
        oid = con.execute("SELECT oid FROM pg_database WHERE datname = "
                          "'damaged'").fetchone()[0]
    base = server.dir / "data" / "base" / str(oid)
    blocks = {}
    for n, (_, function, _, _) in enumerate(DAMAGES):
        pages = Pages((base / str(files[f"d{n}"])).read_bytes())
        blocks[n] = function(pages)
        write(base / str(files[f"d{n}"]), pages)
    for n in range(RANDOM):
        pages = Pages((base / str(files[f"r{n}"])).read_bytes())
        random_damage(rnd, pages)
        write(base / str(files[f"r{n}"]), pages)
    with server.connect("damaged") as con:
        # 18 has checksums by default, which would be what finds it
        con.execute("SET client_min_messages = error")
        con.execute("SET ignore_checksum_failure = on")
        yield con, blocks
    server.drop_database("damaged")
    server.drop_database("pages")


def add(con, numbers):
    with con.cursor().copy("COPY articles FROM STDIN") as copy:
        for n in numbers:
            copy.write_row([article(n)])


def write(path, pages):
    with open(path, "r+b") as file:
        file.write(pages.data)


def random_damage(rnd, p):
    """Change a byte of a segment that says something of a live article."""
    gone = p.term(0, "gone")
    blocks = [block for block in range(1, len(p.data) // BLOCK)
              if p.opaque(block).kind in (2, 3, 4)]
    while True:
        block = rnd.choice(blocks)
        at = p.content(block) + rnd.randrange(p.used(block))
        unused = p.opaque(block).kind == 2 and \
            20 <= at - p.content(block) < 24
        if not unused and not gone.rest <= at < gone.end and \
                p.opaque(block).generation in (2, p.segment(1).generation):
            break
    before = p.data[at]
    while p.data[at] == before:
        p.data[at] = rnd.randrange(256)
    print(f"block {block}, byte {at - p.content(block)}: "
          f"{before} to {p.data[at]}")


def check(con, name, heap=True):
    con.execute("SELECT bi_index_check(%s, %s)", [name, heap])


def test_sound_index_passes(damaged):
    con, _ = damaged
    check(con, "sound", False)
    check(con, "sound")
    con.execute("SET maintenance_work_mem = '1MB'")
    check(con, "sound")
    con.execute("RESET maintenance_work_mem")


@pytest.mark.parametrize(
    "number, message, heap",
    [pytest.param(n, message, heap, id=name)
     for n, (name, _, message, heap) in enumerate(DAMAGES)])
def test_damage_is_found(damaged, number, message, heap):
    con, blocks = damaged
    if message is None:
        check(con, f"d{number}", heap)
        return
    if heap:            # nothing but the table shows it
        check(con, f"d{number}", False)
    with pytest.raises(psycopg.errors.IndexCorrupted) as raised:
        check(con, f"d{number}", heap)
    said = raised.value.diag
    assert message in f"{said.message_primary}: {said.message_detail}"
    assert said.message_hint == "Please REINDEX it."
    if blocks[number] is not None:
        assert f"block {blocks[number]}," in said.message_detail


def test_random_damage_is_found(damaged):
    print(f"BISEARCH_SEED={SEED}")
    con, _ = damaged
    missed = []
    for n in range(RANDOM):
        try:
            check(con, f"r{n}")
            missed.append(n)
        except psycopg.errors.IndexCorrupted:
            pass
    assert not missed


# searches; what no more than another answer shows, they do not find
PHRASES = ("tsv @~ '\"m3 m4\"'", "tsv @@ 'm8 <-> m9'", "tsv @~ '\"m9 m10\"'",
           "tsv @~ '\"m4 m3\"'", "tsv @~ '\"common common\"'",
           "tsv @@ 'common <-> common' AND tsv @~ '\"m3 m4 m5\" w7'",
           "tsv @@ 'gap <-> gap'", "tsv @~ '\"u5_0 u5_1\"'",
           "tsv @~ '\"m3 m4\" -\"m3 m4 m5\"'")
SEARCHED = [n for n, (name, *_) in enumerate(DAMAGES)
            if name.startswith("bigrams_")]
OTHERWISE = {"bigrams_one_word", "bigrams_three_words", "bigrams_encoding",
             "bigrams_encoding_first", "bigrams_other_word", "bigrams_other_article",
             "bigrams_frequency", "bigrams_frequent_all"}
FINDS = {"bigrams_missing", "bigrams_of_nothing", "bigrams_frequent_none",
         "bigrams_beyond", "bigrams_twice", "bigrams_generation", "bigrams_docs",
         "bigrams_of_bigrams", "bigrams_frequent_of_bigrams", "bigrams_articles",
         "bigrams_levels", "bigrams_map_length", "bigrams_block_twice", "bigrams_zero",
         "bigrams_empty", "bigrams_skip", "bigrams_skip_list", "bigrams_list",
         "bigrams_place"}


def search(con, index, condition):
    """The articles that the index says, or None if it is damaged."""
    with con.transaction(force_rollback=True):
        con.execute("UPDATE pg_index SET indisvalid = indexrelid = "
                    "%s::regclass WHERE indrelid = 'articles'::regclass",
                    [index])
        con.execute("SET LOCAL enable_seqscan = off")
        sql = f"SELECT ctid FROM articles WHERE {condition} ORDER BY 1"
        plan = con.execute(f"EXPLAIN {sql}").fetchall()
        assert any(f"Scan on {index} " in row[0] for row in plan)
        try:
            with con.transaction():
                return con.execute(sql).fetchall()
        except psycopg.errors.IndexCorrupted as error:
            assert error.diag.message_hint == "Please REINDEX it."
            return None


@pytest.fixture(scope="module")
def answers(damaged):
    con, _ = damaged
    found = {condition: search(con, "sound", condition)
             for condition in PHRASES}
    con.execute("SET enable_bitmapscan = off; SET enable_indexscan = off")
    for condition in PHRASES:
        assert found[condition] == con.execute(
            f"SELECT ctid FROM articles WHERE {condition} ORDER BY 1"
        ).fetchall()
    con.execute("RESET enable_bitmapscan; RESET enable_indexscan")
    assert sum(len(rows) > 30 for rows in found.values()) >= 4
    return found


@pytest.mark.parametrize(
    "number", [pytest.param(n, id=DAMAGES[n][0]) for n in SEARCHED])
def test_phrases_of_damaged_bigrams(damaged, answers, number):
    con, _ = damaged
    name = DAMAGES[number][0]
    finds = False
    for condition, rows in answers.items():
        found = search(con, f"d{number}", condition)
        finds |= found is None
        if found is not None and name not in OTHERWISE:
            assert found == rows
    assert finds or name not in FINDS


# sound indexes, whatever happened to them

@pytest.fixture
def quiet(db):
    db.execute("SET client_min_messages = error")
    return db


@pytest.mark.parametrize("number", ("check_1", "check_2"))
def test_index_stays_sound(quiet, number):
    print(f"BISEARCH_SEED={SEED}")
    history = History(quiet, number)
    for _ in range(20):
        history.step()
        if history.rnd.random() < 0.2:
            quiet.execute("SELECT bi_index_merge(%s)", [f"{history.table}_tsv"])
        check(quiet, f"{history.table}_tsv")
    quiet.execute(f"DROP TABLE {history.table}")


def test_check_beside_others(server, database, quiet):
    """Inserts, updates, deletes, VACUUM and merges go on meanwhile."""
    quiet.execute("CREATE TABLE beside (id integer, tsv tsvector)")
    quiet.execute("CREATE INDEX beside_tsv ON beside USING bisearch (tsv)")
    stop = threading.Event()
    errors = []

    def work(statements):
        try:
            with server.connect(database) as con:
                while not stop.is_set():
                    for statement in statements:
                        con.execute(statement)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=[statements])
               for statements in (
        ["INSERT INTO beside SELECT n, to_tsvector('simple', 'w' || n % 7 || "
         "' v' || random() || ' ' || repeat('x ', n)) "
         "FROM generate_series(1, 300) n",
         "UPDATE beside SET tsv = tsv || 'again' WHERE id % 50 = 0"],
        ["DELETE FROM beside WHERE random() < 0.3",
         "VACUUM (INDEX_CLEANUP ON) beside"],
        ["SELECT bi_index_merge('beside_tsv')", "SELECT pg_sleep(0.05)"])]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 4
    checks = 0
    try:
        while (time.monotonic() < end or checks < 3) and not errors:
            check(quiet, "beside_tsv")
            checks += 1
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not errors
    assert checks > 2
    quiet.execute("DROP TABLE beside")


def test_expression_and_partial_indexes(quiet):
    quiet.execute("CREATE TEMP TABLE partial (id integer, body text)")
    quiet.execute("INSERT INTO partial SELECT n, CASE WHEN n % 10 > 0 THEN "
                  "'storm ' || n END FROM generate_series(1, 500) n")
    quiet.execute("CREATE INDEX partial_tsv ON partial USING bisearch "
                  "(to_tsvector('simple', body)) WHERE id % 3 = 0")
    quiet.execute("UPDATE partial SET body = 'flood', id = id + 1 "
                  "WHERE id % 5 = 0")
    check(quiet, "partial_tsv")
    # what the index does not see
    quiet.execute("CREATE FUNCTION pg_temp.fickle(text) RETURNS tsvector "
                  "IMMUTABLE LANGUAGE plpgsql AS "
                  "$$ BEGIN RETURN to_tsvector('simple', $1); END $$")
    quiet.execute("CREATE INDEX fickle ON partial USING bisearch "
                  "(pg_temp.fickle(body))")
    check(quiet, "fickle")
    quiet.execute("CREATE OR REPLACE FUNCTION pg_temp.fickle(text) "
                  "RETURNS tsvector IMMUTABLE LANGUAGE plpgsql AS "
                  "$$ BEGIN RETURN to_tsvector('simple', $1 || ' x'); END $$")
    with pytest.raises(psycopg.errors.IndexCorrupted, match="other words"):
        check(quiet, "fickle")


# figures

@pytest.fixture
def figures(quiet):
    quiet.execute("DROP TABLE IF EXISTS figures")
    quiet.execute("CREATE TABLE figures (id integer, tsv tsvector) "
                  "WITH (autovacuum_enabled = off)")
    quiet.execute("INSERT INTO figures SELECT n, to_tsvector('simple', "
                  "'all w' || n % 7 || ' v' || n % 31 || ' x' || n) "
                  "FROM generate_series(1, 2000) n")
    quiet.execute("CREATE INDEX figures_tsv ON figures USING bisearch (tsv)")
    return quiet


def stats(con):
    cursor = con.execute("SELECT * FROM bi_index_stats('figures_tsv')")
    return dict(zip([column.name for column in cursor.description],
                    cursor.fetchone()))


def test_figures_are_true(figures):
    new = stats(figures)
    assert new["format_version"] == 7
    assert (new["segments"], new["articles"], new["dead_articles"],
            new["pending_articles"]) == (1, 2000, 0, 0)
    assert new["total_pages"] * 8192 == figures.execute(
        "SELECT pg_relation_size('figures_tsv')").fetchone()[0]
    assert new["unreferenced_pages"] == 0
    assert new["total_pages"] == 1 + sum(
        new[part + "_size"] for part in ("dictionary", "postings", "positions",
                                         "bigrams", "documents", "maps")) // 8192

    figures.execute("INSERT INTO figures SELECT n, 'new all' "
                    "FROM generate_series(1, 300) n")
    figures.execute("INSERT INTO figures SELECT 0, to_tsvector('simple', "
                    "string_agg('w' || n, ' ')) FROM generate_series(1, 2000) n")
    pending = stats(figures)
    assert pending["pending_articles"] == 301
    assert pending["total_pages"] == new["total_pages"] + \
        pending["pending_pages"]
    assert pending["unreferenced_pages"] == 0

    figures.execute("DELETE FROM figures WHERE id % 10 = 0")
    figures.execute("VACUUM (INDEX_CLEANUP ON) figures")
    dead = stats(figures)
    assert (dead["segments"], dead["articles"], dead["dead_articles"],
            dead["pending_articles"]) == (2, 2070, 200, 0)
    assert dead["dead_fraction"] == 200 / 2270
    rows = figures.execute("SELECT segment, articles, dead_articles "
                           "FROM bi_index_segments('figures_tsv')").fetchall()
    assert rows == [(1, 1800, 200), (2, 270, 0)]
    assert figures.execute(
        "SELECT sum(dictionary_size), sum(postings_size), sum(positions_size),"
        " sum(bigrams_size), sum(documents_size), sum(maps_size) "
        "FROM bi_index_segments('figures_tsv')").fetchone() == tuple(
            dead[part + "_size"] for part in
            ("dictionary", "postings", "positions", "bigrams", "documents",
             "maps"))


PARTS = ("dictionary", "postings", "positions", "bigrams", "documents", "maps")


def segment_pages(figures):
    return sum(figures[part + "_size"] for part in PARTS) // 8192


def test_bigrams_are_counted(figures):
    """They are of large segments that no flush made, and go with these."""
    new = stats(figures)
    assert new["bigrams_size"] > 0
    figures.execute("INSERT INTO figures SELECT n, to_tsvector('simple', "
                    "'all w' || n % 7) FROM generate_series(1, 600) n")
    figures.execute("VACUUM figures")
    sizes = figures.execute("SELECT articles, bigrams_size FROM "
                            "bi_index_segments('figures_tsv')").fetchall()
    assert sizes == [(2000, new["bigrams_size"]), (600, 0)]
    assert stats(figures)["bigrams_size"] == new["bigrams_size"]
    figures.execute("SELECT bi_index_merge('figures_tsv')")
    totals = []
    for n in range(8):
        figures.execute("DELETE FROM figures WHERE id = %s", [n])
        figures.execute("VACUUM (INDEX_CLEANUP ON) figures")
        before = stats(figures)
        figures.execute("SELECT bi_index_merge('figures_tsv')")
        after = stats(figures)
        assert after["bigrams_size"] > 0
        assert after["retired_pages"] >= segment_pages(before)
        assert after["unreferenced_pages"] == \
            after["total_pages"] - 1 - segment_pages(after) - \
            after["retired_pages"]
        totals.append(after["total_pages"])
        check(figures, "figures_tsv")
    assert totals[-1] == totals[3]


def test_terms_are_the_most_frequent(figures):
    figures.execute("INSERT INTO figures SELECT n, 'w3 v1 new' "
                    "FROM generate_series(1, 300) n")
    figures.execute("VACUUM figures")
    expected = figures.execute(
        "SELECT word, ndoc FROM ts_stat('SELECT tsv FROM figures') "
        "ORDER BY ndoc DESC, word COLLATE \"C\"").fetchall()
    for n in (0, 1, 5, 50, 100000):
        assert figures.execute(
            "SELECT term, articles FROM bi_index_terms('figures_tsv', %s)",
            [n]).fetchall() == expected[:n]
    assert len(figures.execute("SELECT bi_index_terms('figures_tsv')"
                               ).fetchall()) == 20
    for n in (-1, 100001):
        with pytest.raises(psycopg.errors.InvalidParameterValue):
            figures.execute("SELECT bi_index_terms('figures_tsv', %s)", [n])


def test_merge_leaves_one(figures):
    for n in range(3):
        figures.execute("INSERT INTO figures SELECT %s, 'more' "
                        "FROM generate_series(1, 100) n", [n])
        figures.execute("VACUUM figures")
    figures.execute("DELETE FROM figures WHERE id = 1")
    figures.execute("VACUUM (INDEX_CLEANUP ON) figures")
    figures.execute("INSERT INTO figures VALUES (-1, 'pending')")
    assert stats(figures)["segments"] > 2
    assert stats(figures)["dead_articles"] > 0
    figures.execute("SELECT bi_index_merge('figures_tsv')")
    merged = stats(figures)
    assert (merged["segments"], merged["articles"], merged["dead_articles"],
            merged["pending_articles"]) == (1, 2200, 0, 0)
    assert merged["retired_pages"] > 0
    assert merged["total_pages"] == 1 + merged["pending_pages"] + \
        merged["retired_pages"] + merged["unreferenced_pages"] + sum(
            merged[part + "_size"] for part in
            ("dictionary", "postings", "positions", "bigrams", "documents",
             "maps")) // 8192
    check(figures, "figures_tsv")
    # nothing to do
    figures.execute("SELECT bi_index_merge('figures_tsv')")
    assert stats(figures) == merged
    # dead articles alone
    figures.execute("DELETE FROM figures WHERE id < 3")
    figures.execute("VACUUM (INDEX_CLEANUP ON) figures")
    figures.execute("SELECT bi_index_merge('figures_tsv')")
    assert stats(figures)["dead_articles"] == 0
    figures.execute("DELETE FROM figures")
    figures.execute("VACUUM (INDEX_CLEANUP ON) figures")
    figures.execute("SELECT bi_index_merge('figures_tsv')")
    assert stats(figures)["segments"] == 0
    check(figures, "figures_tsv")


# who may, and what for

CALLS = ("bi_index_check(%s)", "bi_index_check(%s, true)",
         "bi_index_stats(%s)", "bi_index_segments(%s)", "bi_index_terms(%s)",
         "bi_index_merge(%s)")


def test_only_the_owner_may(figures):
    for role in ("bi_owner", "bi_other"):
        figures.execute(f"DROP ROLE IF EXISTS {role}")
        figures.execute(f"CREATE ROLE {role}")
    figures.execute("ALTER TABLE figures OWNER TO bi_owner")
    figures.execute("GRANT SELECT, INSERT ON figures TO bi_other")
    try:
        for call in CALLS:
            figures.execute("SET ROLE bi_owner")
            figures.execute(f"SELECT {call}", ["figures_tsv"])
            figures.execute("SET ROLE bi_other")
            with pytest.raises(psycopg.errors.InsufficientPrivilege,
                               match="must be owner of index figures_tsv"):
                figures.execute(f"SELECT {call}", ["figures_tsv"])
    finally:
        figures.execute("RESET ROLE")
        figures.execute("DROP TABLE figures")
        figures.execute("DROP ROLE bi_owner, bi_other")


def test_functions_of_an_index_run_as_its_owner(quiet):
    quiet.execute("DROP ROLE IF EXISTS bi_sly")
    quiet.execute("CREATE ROLE bi_sly")
    quiet.execute("CREATE TABLE sly (v text)")
    quiet.execute("CREATE FUNCTION who(text) RETURNS tsvector IMMUTABLE "
                  "LANGUAGE plpgsql AS $$ BEGIN IF current_user <> 'bi_sly' "
                  "THEN RAISE 'run by %', current_user; END IF; "
                  "RETURN to_tsvector('pg_catalog.simple', $1); END $$")
    quiet.execute("ALTER TABLE sly OWNER TO bi_sly")
    quiet.execute("CREATE INDEX sly_tsv ON sly USING bisearch (who(v))")
    quiet.execute("SET ROLE bi_sly")
    quiet.execute("INSERT INTO sly VALUES ('a')")
    quiet.execute("RESET ROLE")
    check(quiet, "sly_tsv")
    quiet.execute("DROP TABLE sly")
    quiet.execute("DROP FUNCTION who")
    quiet.execute("DROP ROLE bi_sly")


@pytest.mark.parametrize("call", CALLS)
def test_only_our_indexes(server, database, figures, call):
    for name in ("figures", "pg_class_oid_index"):
        with pytest.raises(psycopg.errors.WrongObjectType):
            figures.execute(f"SELECT {call}", [name])
    with pytest.raises(psycopg.errors.UndefinedTable):
        figures.execute(f"SELECT {call}", [4294967295])
    figures.execute("CREATE TEMP TABLE own (tsv tsvector)")
    figures.execute("CREATE INDEX own_tsv ON own USING bisearch (tsv)")
    figures.execute(f"SELECT {call}", ["own_tsv"])
    oid = figures.execute("SELECT 'own_tsv'::regclass::oid").fetchone()[0]
    with server.connect(database) as other:
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            other.execute(f"SELECT {call}", [oid])
    figures.execute("DROP TABLE own")


def test_invalid_indexes(figures):
    figures.execute("UPDATE pg_index SET indisvalid = false "
                    "WHERE indexrelid = 'figures_tsv'::regclass")
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        check(figures, "figures_tsv")
    figures.execute("INSERT INTO figures VALUES (1, 'pending')")
    figures.execute("SELECT bi_index_merge('figures_tsv')")
    assert stats(figures)["pending_articles"] == 1


# progress

def test_progress_of_a_build(server, database, figures):
    names = [row[0] for row in figures.execute(
        "SELECT pg_indexam_progress_phasename(oid, n) FROM pg_am, "
        "generate_series(1, 6) n WHERE amname = 'bisearch' ORDER BY n")]
    assert names == ["initializing", "scanning table", "merging runs",
                     "writing segment", "logging pages", None]
    figures.execute("CREATE OR REPLACE FUNCTION waiting(integer, tsvector) "
                    "RETURNS tsvector IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN "
                    "IF $1 = 1990 THEN PERFORM pg_advisory_xact_lock(77); "
                    "END IF; RETURN $2; END $$")
    phase = blocks = None
    with server.connect(database) as builder:
        figures.execute("SELECT pg_advisory_lock(77)")
        thread = threading.Thread(target=builder.execute, args=[
            "CREATE INDEX ON figures USING bisearch (waiting(id, tsv))"])
        thread.start()
        try:
            end = time.monotonic() + 600
            while time.monotonic() < end and (blocks or 0) <= 5:
                phase, blocks = figures.execute(
                    "SELECT max(phase), max(blocks_done) "
                    "FROM pg_stat_progress_create_index").fetchone()
        finally:
            figures.execute("SELECT pg_advisory_unlock(77)")
            thread.join()
    assert phase == "building index: scanning table"
    assert blocks > 5
    figures.execute("DROP TABLE figures")
    figures.execute("DROP FUNCTION waiting")
