"""Times answering questions here and in transformers' pipeline, in turns, and writes the table.

    python3 bench/answering.py --model DIR --file dev-v1.1.json --python PYTHON_WITH_TRANSFORMERS_4

Both read the same questions with the same weights, batch size, windows (384 tokens that share 128) and longest answer,
from text to text, the model already loaded. Beside the times stands for how many questions both give the same answer:
the pipeline ranks by the product of two softmaxes, we by the sum of the scores as run_qa.py does.
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
    parser.add_argument("--model", type=Path, required=True, help="a folder with a question-answering head")
    parser.add_argument("--file", type=Path, required=True, help="SQuAD's JSON")
    parser.add_argument("--python", default=sys.executable, help="a Python that has transformers 4")
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", type=Path, help="the file that the table is put into")
    args = parser.parse_args()
    subprocess.run(["cargo", "build", "--release", "-p", "bert-bench"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    ours = str(target / "release" / "squad-bench")
    flags = ["--model", str(args.model), "--file", str(args.file)]
    sizes = ["--questions", str(args.questions), "--batch", str(args.batch)]
    theirs = [args.python, str(ROOT / "bench" / "pipeline_answers.py")]
    ratios, speeds = [], []
    for _ in range(args.rounds):
        here = run([ours, "answer", *flags, *sizes])
        there = run([*theirs, *flags, *sizes])
        ratios.append(there["seconds"] / here["seconds"])
        speeds.append([r["questions"] / r["seconds"] for r in (here, there)])
        print(json.dumps({"here": speeds[-1][0], "pipeline": speeds[-1][1], "ratio": ratios[-1]}), flush=True)
    same = sum(there["answers"].get(key) == answer for key, answer in here["answers"].items())
    encoded = run([ours, "encode", *flags])
    mine, their = (statistics.median(column) for column in zip(*speeds))
    text = "\n".join(
        [
            f"**{datetime.date.today()}**, {processor()}, {os.cpu_count()} threads, {args.questions} questions of "
            f"{args.file.name}, model {args.model.name}, batch {args.batch}, f32, flex, {args.rounds} rounds, medians.",
            "",
            "| answers a second here | in transformers' pipeline | times as fast (range) | same answer | peak memory, MB |",
            "|---|---|---|---|---|",
            f"| {mine:.1f} | {their:.1f} | **{statistics.median(ratios):.2f}** ({min(ratios):.2f}-{max(ratios):.2f}) "
            f"| {same} of {len(here['answers'])} | {here['peak_mb']:,.0f} / {there['peak_mb']:,.0f} |",
            "",
            f"Encoding alone: {encoded['questions']:,} questions to {encoded['windows']:,} windows in "
            f"{encoded['seconds']:.1f} s; SQuAD 1.1's 87,599 training questions at this rate: "
            f"{87599 * encoded['seconds'] / encoded['questions']:.0f} s.",
        ]
    )
    print(text)
    if args.write:
        write(args.write, text)


if __name__ == "__main__":
    main()
