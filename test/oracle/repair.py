"""Balance: what strict calls refuse and the lenient one mends."""
from .chunks import QueryError, Tok, Unclear


def check_balance(toks):
    """Raise for a group that isn't closed, opened or filled."""
    stack = []
    for n, tok in enumerate(toks):
        if tok.kind == "(":
            stack.append(tok)
        elif tok.kind == ")":
            if not stack:
                raise QueryError("unbalanced parenthesis", tok.pos)
            stack.pop()
            if toks[n - 1].kind == "(":
                raise QueryError("empty group", toks[n - 1].pos)
        elif tok.kind == "empty":
            raise QueryError("empty phrase", tok.pos)
    if stack:
        raise QueryError("unbalanced parenthesis", stack[-1].pos)


def repair(toks):
    """Mend a token list so that it parses; meaning checks come later."""
    toks = balance(toks)
    while True:
        mended = drop_holes(drop_operators(empty_groups(toks)))
        if len(mended) == len(toks):
            return mended
        toks = mended


def balance(toks):
    """Mark stray closing parentheses, close what is open."""
    out, depth = [], 0
    for tok in toks:
        if tok.kind == ")":
            if not depth:
                out.append(Tok("stray", tok.pos))
                continue
            depth -= 1
        elif tok.kind == "(":
            depth += 1
        out.append(tok)
    return out + [Tok(")", 0)] * depth


def empty_groups(toks):
    """Make a group of nothing one hole, as an empty phrase is."""
    out = []
    for tok in toks:
        if tok.kind == ")" and out:
            at = len(out)
            while at and out[at - 1].kind == "empty":
                at -= 1
            if at and out[at - 1].kind == "(":
                out[at - 1:] = [Tok("empty", tok.pos)]
                continue
        out.append(tok)
    return out


def drop_holes(toks):
    """Take holes out, once the operators beside them are gone."""
    return [tok for tok in toks if tok.kind != "empty"]


PREFIXES = ("not", "sign", "atleast", "field")
BINARY = ("and", "or", "near")


def drop_operators(toks):
    """Drop operators that lack an operand; of several the first stays."""
    out, lacking = [], []
    for tok in toks:
        if tok.kind in BINARY:
            before = out[-1].kind if out else "("
            if before == "atleast":
                raise Unclear("ATLEAST and an operator in a row")
            if out and out[-1] in lacking:
                raise Unclear("nothing between two operators")
            if before in ("(", "empty") or before in BINARY + PREFIXES:
                continue
        if tok.kind in ("not", "sign") and out \
                and out[-1].kind in ("not", "sign"):
            continue
        if tok.kind in (")", "empty", "stray"):
            if drop_dangling(out) and tok.kind == "empty":
                lacking.append(tok)
        if tok.kind == "stray":
            continue
        out.append(tok)
    drop_dangling(out)
    return out


def drop_dangling(out):
    """Take off operators that wait for an operand which won't come; was one
    of them binary?"""
    binary = False
    while out and out[-1].kind in BINARY + PREFIXES:
        binary |= out.pop().kind in BINARY
    return binary
