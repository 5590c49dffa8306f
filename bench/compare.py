"""Times a training step and an inference pass here and in PyTorch, in turns, and writes the table.

    python3 bench/compare.py                      # mini, MiniLM and base on flex
    python3 bench/compare.py --shapes minilm --backends flex ndarray tch-cpu --rounds 5

Needs torch and transformers (docs/parity/requirements.txt). A time is only worth something as a
ratio to another one of the same minutes, so each round runs both programs, one after the other,
and the table has the median of the rounds' ratios and their range.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMES = {"mini": "mini (4 x 256)", "minilm": "MiniLM-L6 (6 x 384)", "base": "BERT-base (12 x 768)"}
MARK = "<!-- compare.py and epoch.py write below this line, the newest first -->"


def build(backends, blas):
    features = ",".join([*backends, "blas"] if blas else backends)
    command = ["cargo", "build", "--release", "-p", "bert-bench", "--no-default-features"]
    subprocess.run([*command, "--features", features], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return str(target / "release" / "bert-bench")


def environment():
    """With libtorch where the dynamic linker finds it, for the backends that need it."""
    import torch as library

    folder = str(Path(library.__file__).parent / "lib")
    paths = [folder, os.environ.get("LD_LIBRARY_PATH", "")]
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(filter(None, paths))}


def run(command):
    env = environment()
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=env)
    return json.loads(result.stdout.strip().splitlines()[-1])


def torch(what, flags):
    return run([sys.executable, str(ROOT / "bench" / "torch_step.py"), what, *flags])


def compare(ours, backend, what, flags, rounds):
    """One row of the table."""
    ratios, mine, theirs, peaks = [], [], [], []
    for _ in range(rounds):
        our_run = run([ours, what, "--backend", backend, *flags])
        their_run = torch(what, flags)
        if what == "inference" and abs(our_run["loss"] - their_run["loss"]) > 1e-4:
            sys.exit(f"the losses differ: {our_run['loss']} here, {their_run['loss']} in PyTorch")
        mine.append(statistics.median(our_run["seconds"]))
        theirs.append(statistics.median(their_run["seconds"]))
        ratios.append(mine[-1] / theirs[-1])
        peaks.append((our_run["peak_mb"], their_run["peak_mb"]))
    our_peak, their_peak = (statistics.median(p) for p in zip(*peaks))
    return {
        "seconds": statistics.median(mine),
        "torch": statistics.median(theirs),
        "ratio": statistics.median(ratios),
        "range": (min(ratios), max(ratios)),
        "memory": (our_peak, their_peak),
    }


def best_products(ours, flags):
    """The matrix products alone, at the better of two libraries' rates."""
    found = {
        "gemm crate": statistics.median(run([ours, "products", *flags])["seconds"]),
        "PyTorch's": statistics.median(torch("products", flags)["seconds"]),
    }
    name = min(found, key=found.get)
    return found, name


def row(shape, backend, what, r):
    low, high = r["range"]
    our_peak, their_peak = r["memory"]
    return (
        f"| {NAMES[shape]} | {backend} | {what} | {r['seconds']:.3f} | {r['torch']:.3f} "
        f"| **{r['ratio']:.2f}** ({low:.2f}-{high:.2f}) "
        f"| {our_peak:,.0f} / {their_peak:,.0f} ({our_peak / their_peak:.2f}) |"
    )


def processor():
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def write(path, text):
    before, after = path.read_text().split(MARK)
    path.write_text(f"{before}{MARK}\n\n{text}\n{after}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", nargs="+", default=list(NAMES), choices=list(NAMES))
    parser.add_argument("--backends", nargs="+", default=["flex"])
    parser.add_argument("--what", nargs="+", default=["train", "inference"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seq", type=int, default=128)
    parser.add_argument("--blas", action="store_true", help="with the system's OpenBLAS")
    parser.add_argument("--write", type=Path, help="the file that the table is put into")
    args = parser.parse_args()
    ours = build(args.backends, args.blas)
    rows, shares = [], []
    for shape in args.shapes:
        with tempfile.TemporaryDirectory() as folder:
            weights = [ours, "weights", "--shape", shape, "--model", folder]
            weights += ["--backend", args.backends[0]]
            subprocess.run(weights, check=True, env=environment())
            sizes = ["--batch", args.batch, "--seq", args.seq, "--threads", args.threads]
            flags = [str(f) for f in ["--model", folder, "--repeat", args.repeat, *sizes]]
            steps = {}
            for backend in args.backends:
                for what in args.what:
                    found = compare(ours, backend, what, flags, args.rounds)
                    rows.append(row(shape, backend, what, found))
                    print(rows[-1], flush=True)
                    steps[backend, what] = found["seconds"]
            if "train" in args.what:
                found, best = best_products(ours, [*flags, "--shape", shape])
                share = ", ".join(f"{name} {s:.3f} s" for name, s in found.items())
                for backend in args.backends:
                    factor = steps[backend, "train"] / found[best]
                    shares.append(
                        f"| {NAMES[shape]} | {backend} | {share} | **{factor:.2f}** |"
                    )
                    print(shares[-1], flush=True)
    text = "\n".join(
        [
            f"**{datetime.date.today()}**, {processor()}, {args.threads} threads, batch {args.batch} x "
            f"{args.seq}, f32, {'OpenBLAS' if args.blas else 'pure-Rust'} products, {args.rounds} rounds "
            f"of {args.repeat} repetitions, medians.",
            "",
            "| model | backend | what | here (s) | PyTorch (s) | ratio (range) | peak memory, MB (ratio) |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            "| model | backend | matrix products of a training step alone | step / products |",
            "|---|---|---|---|",
            *shares,
        ]
    )
    if args.write:
        write(args.write, text)


if __name__ == "__main__":
    main()
