#!/usr/bin/env python3
"""Stands in for a program that a test has no real one of: its product says what it was made from.

Every word that names a readable file (or a folder) is an input; the product goes to the word after `-o`, or to stdout. Each line of the product is a
word of the command line, and the first eight digits of the content's hash if it is a file: so a test can follow what was made from what.
Link it under the program's name.
"""
import hashlib
import os
import sys


def digest(path):
    state = hashlib.sha256()
    if os.path.isdir(path):
        for name in sorted(os.listdir(path)):
            state.update(name.encode() + digest(os.path.join(path, name)).encode())
    else:
        with open(path, "rb") as file:
            state.update(file.read())
    return state.hexdigest()[:8]


def main():
    name = os.path.basename(sys.argv[0])
    words, output = [], None
    rest = iter(sys.argv[1:])
    for word in rest:
        if word == "-o":
            output = next(rest, None)
        else:
            words.append(word)
    lines = [name] + [f"{word} {digest(word)}" if os.path.exists(word) else word for word in words]
    text = "\n".join(lines) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        with open(output, "w") as file:
            file.write(text)


main()
