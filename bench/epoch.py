"""Times one epoch of MRPC here and in transformers' Trainer, one after the other, and writes the table.

    python3 bench/epoch.py --model MODEL_FOLDER --data MRPC_FOLDER [--write docs/performance.md]

Here: batches of similar length (`--padding grouped`). There: the same idea (`group_by_length`), and every row
padded to 128 tokens as run_glue does by default. Training, the evaluation after it and the saving of the model
count on both sides; loading the model and tokenizing do not.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from compare import ROOT, processor, write

REFERENCE = ROOT / "docs" / "parity" / "transformers_mrpc.py"
THEIRS = {"group_by_length": "batches by length", "max": "every row padded to 128"}


def build(backend):
    features = ["--no-default-features", "--features", backend]
    subprocess.run(["cargo", "build", "--release", "--example", "mrpc", *features], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return str(target / "release" / "examples" / "mrpc")


def ours(program, flags):
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([program, *flags, "--output-dir", out, "--dashboard", "none"], check=True, stdout=subprocess.DEVNULL)
        return json.loads((Path(out) / "eval_results.json").read_text())["seconds"]


def theirs(padding, flags):
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, str(REFERENCE), *flags, "--output-dir", out, "--seeds", "1", "--padding", padding]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return json.loads((Path(out) / "results.json").read_text())["runs"][0]["seconds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--backend", default="flex")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--write", type=Path, help="the file that the table is put into")
    args = parser.parse_args()
    program = build(args.backend)
    flags = ["--model", str(args.model), "--data", str(args.data), "--num-train-epochs", "1", "--learning-rate", "5e-5"]
    here, there = [], {padding: [] for padding in THEIRS}
    for _ in range(args.rounds):
        here.append(ours(program, flags))
        print(f"here {here[-1]:.1f} s", flush=True)
        for padding, seconds in there.items():
            seconds.append(theirs(padding, flags))
            print(f"transformers, {THEIRS[padding]}: {seconds[-1]:.1f} s", flush=True)
    rows = []
    for padding, seconds in there.items():
        ratios = [mine / other for mine, other in zip(here, seconds)]
        rows.append(
            f"| {args.model.resolve().name} | {args.backend} | {THEIRS[padding]} | {statistics.median(here):.1f} "
            f"| {statistics.median(seconds):.1f} | **{statistics.median(ratios):.2f}** ({min(ratios):.2f}-{max(ratios):.2f}) |"
        )
    text = "\n".join([
        f"**{datetime.date.today()}**, {processor()}, {os.cpu_count()} threads, one epoch of MRPC, batch 32, f32, rounds: {args.rounds}.",
        "",
        "| model | backend | transformers with | here (s) | there (s) | ratio (range) |",
        "|---|---|---|---|---|---|",
        *rows,
    ])
    print(text)
    if args.write:
        write(args.write, text)


if __name__ == "__main__":
    main()
