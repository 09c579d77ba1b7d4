#!/usr/bin/python3
"""The fuzzing targets' corpus: one text file for each, one input a line.

    corpus.py unpack FILE DIRECTORY     write each input to a file of its own
    corpus.py pack FILE INPUT...        add inputs, leave out what is there

A line is a Python bytes literal without its b and quotes.  Empty lines and
lines that begin with # are left out.
"""

import ast
import hashlib
import sys
from pathlib import Path


def read(path):
    """All inputs of a corpus file."""
    inputs = []
    if Path(path).exists():
        for line in Path(path).read_text(encoding="ascii").splitlines():
            if line and not line.startswith("#"):
                inputs.append(ast.literal_eval(f"b'{line}'"))
    return inputs


def escape(data):
    """The line for an input."""
    line = repr(b'"' + data + b"'")[3:-3]     # both quotes: ' is escaped
    return "\\x23" + line[1:] if line.startswith("#") else line


def unpack(path, directory):
    for data in read(path):
        name = hashlib.sha1(data).hexdigest()
        (Path(directory) / name).write_bytes(data)


def pack(path, files):
    known = set(read(path))
    with open(path, "a", encoding="ascii") as out:
        for file in files:
            data = Path(file).read_bytes()
            if data and data not in known:
                known.add(data)
                out.write(escape(data) + "\n")


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "unpack":
        unpack(sys.argv[2], sys.argv[3])
    elif len(sys.argv) > 3 and sys.argv[1] == "pack":
        pack(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(__doc__)
