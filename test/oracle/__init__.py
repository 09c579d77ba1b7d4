"""A brute-force oracle for bisearch, written from the language's text alone.

It shares no code with the extension: its own tokenizer, parser, printer and
evaluator, all of them slow and plain.  Where the two disagree, the text of
the language decides which one is wrong.
"""
