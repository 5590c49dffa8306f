"""Times finding entities here and in transformers' pipeline, in turns, and writes the table.

    python3 bench/tagging.py --model DIR --file test.conll --python PYTHON_WITH_TRANSFORMERS

Both read the same sentences with the same weights, batch size and aggregation strategy, from text to entities, the model
already loaded. Beside the times stands for how many sentences both find the same entities.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from compare import ROOT, processor, run, write


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="a folder with a token classification head")
    parser.add_argument("--file", type=Path, required=True, help="sentences, a word a line")
    parser.add_argument("--python", default=sys.executable, help="a Python that has transformers")
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--strategy", default="first")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", type=Path, help="the file that the table is put into")
    args = parser.parse_args()
    subprocess.run(["cargo", "build", "--release", "-p", "bert-bench"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    ours = [str(target / "release" / "tagging-bench")]
    theirs = [args.python, str(ROOT / "bench" / "pipeline_tags.py")]
    flags = ["--model", str(args.model), "--file", str(args.file), "--sentences", str(args.sentences)]
    flags += ["--batch", str(args.batch), "--strategy", args.strategy]
    ratios, speeds = [], []
    for _ in range(args.rounds):
        here, there = run([*ours, *flags]), run([*theirs, *flags])
        ratios.append(there["seconds"] / here["seconds"])
        speeds.append([r["sentences"] / r["seconds"] for r in (here, there)])
        print(json.dumps({"here": speeds[-1][0], "pipeline": speeds[-1][1], "ratio": ratios[-1]}), flush=True)
    same = sum(our == their for our, their in zip(here["entities"], there["entities"]))
    mine, their = (statistics.median(column) for column in zip(*speeds))
    text = "\n".join(
        [
            f"**{datetime.date.today()}**, {processor()}, {os.cpu_count()} threads, {args.sentences} sentences of "
            f"{args.file.name}, model {args.model.name}, batch {args.batch}, strategy {args.strategy}, f32, flex, "
            f"{args.rounds} rounds, medians.",
            "",
            "| sentences a second here | in transformers' pipeline | times as fast (range) | same entities | peak memory, MB |",
            "|---|---|---|---|---|",
            f"| {mine:.1f} | {their:.1f} | **{statistics.median(ratios):.2f}** ({min(ratios):.2f}-{max(ratios):.2f}) "
            f"| {same} of {len(here['entities'])} | {here['peak_mb']:,.0f} / {there['peak_mb']:,.0f} |",
        ]
    )
    print(text)
    if args.write:
        write(args.write, text)


if __name__ == "__main__":
    main()
