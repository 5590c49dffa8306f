"""Times single requests and batches here, in PyTorch and in ONNX Runtime, in turns, and writes the table.

    python3 bench/inference.py                                 # MiniLM on flex
    python3 bench/inference.py --sizes 1x8 1x32 --rounds 9

Needs torch, transformers, onnx and onnxruntime. As in `compare.py` each round runs every program once,
one after the other, and the table has the median of the rounds' ratios to ONNX Runtime's fused model.
"""

import argparse
import datetime
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from compare import NAMES, ROOT, build, environment, processor, run, write

SIZES = ["1x8", "1x32", "1x128", "4x64", "8x384", "32x128"]
ONNX = {"f32": "ONNX Runtime", "fused": "fused", "int8": "int8"}


def repetitions(batch, seq):
    """Enough for a second or so, whatever the size."""
    return max(3, min(200, 30_000 // (batch * seq)))


def measure(ours, args, folder, size):
    """One row of the table."""
    batch, seq = map(int, size.split("x"))
    flags = ["--batch", batch, "--seq", seq, "--repeat", repetitions(batch, seq), "--threads", args.threads]
    flags = [str(flag) for flag in flags]
    onnx = [sys.executable, str(ROOT / "bench" / "onnx_step.py"), "run"]
    torch = [sys.executable, str(ROOT / "bench" / "torch_step.py"), "inference", "--model", folder]
    programs = {
        "here": [ours, "inference", "--backend", args.backend, "--model", folder, *flags],
        "PyTorch": [*torch, *flags],
        **{name: [*onnx, "--file", f"{folder}/{file}.onnx", *flags] for file, name in ONNX.items()},
    }
    seconds = {name: [] for name in programs}
    for _ in range(args.rounds):
        found = {name: run(command) for name, command in programs.items()}
        for name, one in found.items():
            seconds[name].append(statistics.median(one["seconds"]))
            if name != "int8" and abs(one["loss"] - found["here"]["loss"]) > 1e-4:
                sys.exit(f"{size}: the losses differ: {found['here']['loss']} here, {one['loss']} in {name}")
    ratios = [here / fused for here, fused in zip(seconds["here"], seconds["fused"])]
    times = " | ".join(f"{statistics.median(column) * 1e3:,.2f}" for column in seconds.values())
    memory = " / ".join(f"{found[name]['peak_mb']:,.0f}" for name in ("here", "fused"))
    ratio = f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f}-{max(ratios):.2f})"
    return f"| {size} | {times} | {ratio} | {memory} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", default="minilm", choices=list(NAMES))
    parser.add_argument("--sizes", nargs="+", default=SIZES, help="batch x tokens")
    parser.add_argument("--backend", default="flex")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--write", type=Path, help="the file that the table is put into")
    args = parser.parse_args()
    ours = build([args.backend], False)
    with tempfile.TemporaryDirectory() as folder:
        weights = [ours, "weights", "--shape", args.shape, "--model", folder, "--backend", args.backend]
        subprocess.run(weights, check=True, env=environment())
        export = [sys.executable, str(ROOT / "bench" / "onnx_step.py"), "export"]
        subprocess.run([*export, "--model", folder, "--out", folder], check=True, stdout=subprocess.DEVNULL)
        rows = []
        for size in args.sizes:
            rows.append(measure(ours, args, folder, size))
            print(rows[-1], flush=True)
    text = "\n".join(
        [
            f"**{datetime.date.today()}**, {processor()}, {args.threads} threads, {NAMES[args.shape]}, f32, "
            f"{args.backend}, milliseconds, {args.rounds} rounds, medians (`bench/inference.py`).",
            "",
            f"| batch x tokens | here | PyTorch | {' | '.join(ONNX.values())} "
            "| here / fused (range) | peak memory, MB: here / fused |",
            "|---|---|---|---|---|---|---|---|",
            *rows,
        ]
    )
    if args.write:
        write(args.write, text + "\n")


if __name__ == "__main__":
    main()
