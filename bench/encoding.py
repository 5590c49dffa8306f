"""Times reading and encoding a table of a million short rows here and with `datasets` and the fast tokenizer, in turns,
and writes the table.

    pip install datasets transformers
    python3 bench/encoding.py --model DIR --write docs/performance.md

Both read the same CSV, which this script makes, from the file to token ids, cut to 128 tokens. Ours keeps 8,192 rows at
a time, theirs writes what it has encoded into its cache on disk, from where a training would read it.
"""

import argparse
import csv
import datetime
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from compare import ROOT, processor, run, write


def make(path, rows, words):
    rng = random.Random(11)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("text", "label"))
        for row in range(rows):
            text = " ".join(rng.choices(words, k=rng.randint(4, 16)))
            writer.writerow((f'{text}, "{rng.choice(words)}"', row % 5))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--python", default=sys.executable, help="a Python that has datasets and transformers")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", type=Path, help="the file that the table is put into")
    args = parser.parse_args()
    subprocess.run(["cargo", "build", "--release", "-p", "bert-bench", "--bin", "squad-bench"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    vocabulary = (args.model / "vocab.txt").read_text("utf-8").split("\n")
    words = [word for word in vocabulary if word.isalpha()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        make(path, args.rows, words)
        flags = ["--model", str(args.model), "--file", str(path)]
        ratios, times = [], []
        for _ in range(args.rounds):
            here = run([str(target / "release" / "squad-bench"), "table", *flags])
            there = run([args.python, str(ROOT / "bench" / "table_encoding.py"), *flags])
            assert (here["rows"], here["tokens"]) == (there["rows"], there["tokens"]), (here, there)
            ratios.append(here["seconds"] / there["seconds"])
            times.append((here["seconds"], there["seconds"]))
            print(json.dumps({"here": times[-1][0], "datasets": times[-1][1], "ratio": ratios[-1]}), flush=True)
    mine, their = (statistics.median(column) for column in zip(*times))
    text = "\n".join(
        [
            f"**{datetime.date.today()}**, {processor()}, {os.cpu_count()} threads, {args.rows:,} rows, "
            f"{here['tokens']:,} tokens, the same here and there, {args.rounds} rounds, medians.",
            "",
            "| seconds here | with datasets | of its time (range) | peak memory, MB |",
            "|---|---|---|---|",
            f"| {mine:.1f} | {their:.1f} | **{statistics.median(ratios):.2f}** ({min(ratios):.2f}-{max(ratios):.2f}) "
            f"| {here['peak_mb']:,.0f} / {there['peak_mb']:,.0f} |",
        ]
    )
    if args.write:
        write(args.write, text)
    else:
        print(text)


if __name__ == "__main__":
    main()
