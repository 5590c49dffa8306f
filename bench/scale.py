"""What several processes gain, and what limits them: weak scaling on this machine, sums over ranks beside plain
MPI and torch's gloo, a step over a slow link, and what follows for more machines.

    python3 bench/scale.py --model MODEL_FOLDER --data MRPC_FOLDER [--write docs/performance.md] [--plot FILE.svg]

Needs MPICH (Debian: mpich libmpich-dev libclang-dev) and, for the slow links, root and iproute2: two network
namespaces stand for two hosts, and `tc` limits their rate. Processes are pinned, one thread each; all comparisons
go in turns.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from compare import ROOT, processor, write

SIZES = [4 << 10, 64 << 10, 1 << 20, 4 << 20, 16 << 20, 64 << 20]
NET = "10.78.0"
HERE = Path(__file__).parent / "scale"


def build():
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    cargo = ["cargo", "build", "--release"]
    subprocess.run([*cargo, "-p", "bert-cli", "--features", "mpi", "--bin", "bert"], cwd=ROOT, check=True)
    subprocess.run([*cargo, "-p", "bert-mpi", "--features", "mpi", "--example", "all_reduce"], cwd=ROOT, check=True)
    plain = Path(tempfile.mkdtemp()) / "all_reduce"
    subprocess.run(["mpicc", "-O2", "-o", plain, HERE / "all_reduce.c"], check=True)
    return str(target / "bert"), str(target / "examples" / "all_reduce"), str(plain)


def run(command, **more):
    env = {**os.environ, "RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **more.pop("env", {})}
    done = subprocess.run(command, env=env, text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=600, **more)
    if done.returncode:
        sys.exit(f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def mpiexec(ranks, command):
    return ["mpiexec", "-bind-to", "core", "-n", str(ranks), *command]


def step(launch, bert, flags, env={}):
    """Median seconds of a step, and of what waits in it."""
    with tempfile.TemporaryDirectory() as out:
        run([*launch, bert, "train", "--task", "mrpc", *flags, "--output-dir", out, "--dashboard", "none"], env=env)
        events = map(json.loads, (Path(out) / "events.jsonl").read_text().splitlines())
        # The first one warms up.
        steps = [event for event in events if event["event"] == "step"][2:]
    return tuple(statistics.median(step[what] for step in steps) for what in ["seconds", "wait"])


def times(text):
    # torch says more than it is asked for.
    lines = [line.split() for line in text.splitlines()]
    return {int(line[0]): float(line[1]) for line in lines if len(line) == 2 and line[0].isdigit()}


class Hosts:
    """Two network namespaces and a bridge, with the rate of their links in Gb/s."""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp())
        self(f"ip link add scale-net type bridge; ip addr add {NET}.254/24 dev scale-net; ip link set scale-net up")
        for host in 1, 2:
            self(
                f"ip netns add scale-{host}; ip link add scale-v{host} type veth peer name eth0 netns scale-{host};"
                f"ip link set scale-v{host} master scale-net up; ip -n scale-{host} addr add {NET}.{host}/24 dev eth0;"
                f"ip -n scale-{host} link set eth0 up; ip -n scale-{host} link set lo up"
            )
        (self.folder / "hosts").write_text("".join(f"{NET}.{host}:1\n" for host in (1, 2)))
        ssh = self.folder / "ssh"
        ssh.write_text(
            '#!/bin/sh\nwhile [ "${1#-}" != "$1" ]; do shift; done\nhost="${1##*.}"\nshift\n'
            'exec taskset -c $((host - 1)) ip netns exec "scale-$host" sh -c "$*"\n'
        )
        ssh.chmod(0o755)
        return self

    def __call__(self, commands):
        subprocess.run(["sh", "-e", "-c", commands], check=True)

    def rate(self, gigabits):
        for host in 1, 2:
            change = f"tc -n scale-{host} qdisc replace dev eth0 root tbf rate {gigabits}gbit burst 2mb latency 50ms"
            self(change)

    def launch(self):
        hosts = ["-f", str(self.folder / "hosts"), "-localhost", f"{NET}.254"]
        return ["mpiexec", *hosts, "-launcher", "ssh", "-launcher-exec", str(self.folder / "ssh")]

    def __exit__(self, *_):
        for host in 1, 2:
            subprocess.run(["ip", "netns", "del", f"scale-{host}"])
        subprocess.run(["ip", "link", "del", "scale-net"])
        shutil.rmtree(self.folder)


def model(alone, ranks, gradient, gigabits):
    """Efficiency where a step takes `alone` seconds, and a ring moves the gradient at the wire's rate."""
    wire = 2 * (ranks - 1) / ranks * gradient / (gigabits * 1e9 / 8)
    return alone / (alone + wire)


def plot(path, gradient, alone, measured):
    """Efficiency over machines: the model as lines, what was measured as dots."""
    machines = [1, 2, 4, 8, 16, 32, 64]
    left, top, width, height = 56, 16, 420, 220
    x = lambda ranks: left + width * machines.index(ranks) / (len(machines) - 1)
    y = lambda share: top + height * (1 - share)
    text = lambda at, up, word, anchor="middle": f'<text x="{at:.0f}" y="{up:.0f}" text-anchor="{anchor}">{word}</text>'
    parts = [f'<rect width="100%" height="100%" fill="#fff"/><g font-family="sans-serif" font-size="12" fill="#333">']
    for share in 0, 0.25, 0.5, 0.75, 1:
        parts.append(f'<path d="M{left} {y(share):.0f}h{width}" stroke="#ddd"/>' + text(left - 8, y(share) + 4, f"{share:.2f}", "end"))
    parts += [text(x(ranks), top + height + 18, ranks) for ranks in machines]
    parts.append(text(left + width / 2, top + height + 36, "machines; share of the speed that each has alone"))
    for (gigabits, colour), up in zip({1: "#d55e00", 10: "#0072b2"}.items(), (0, 16)):
        line = " ".join(f"{x(ranks):.1f},{y(model(alone, ranks, gradient, gigabits)):.1f}" for ranks in machines)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{left + 8}" y="{top + height - 24 + up}" fill="{colour}">{gigabits} Gb/s: model, and measured with two</text>')
        if gigabits in measured:
            parts.append(f'<circle cx="{x(2):.1f}" cy="{y(measured[gigabits]):.1f}" r="5" fill="{colour}"/>')
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 24} {top + height + 48}">{"".join(parts)}</g></svg>\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", type=Path, help="the file that the tables are put into")
    parser.add_argument("--plot", type=Path)
    args = parser.parse_args()
    bert, ours, plain = build()
    # Every row is padded to the same length, so that all steps are alike.
    flags = [
        *["--model", str(args.model), "--data", str(args.data), "--train-batch-size", str(args.batch), "--padding", "max"],
        *["--max-steps", str(args.steps), "--eval-steps", "100000", "--max-seq-length", "128", "--learning-rate", "5e-5"],
    ]
    gradient = (args.model / "model.safetensors").stat().st_size
    alone, pair = [], []
    for _ in range(args.rounds):
        alone.append(step(["taskset", "-c", "0"], bert, flags)[0])
        pair.append(step(mpiexec(2, []), bert, flags))
        print(f"alone {alone[-1]:.3f} s, two ranks {pair[-1][0]:.3f} s, of it {pair[-1][1]:.3f} s waiting", flush=True)
    one, two = statistics.median(alone), statistics.median(seconds for seconds, _ in pair)
    waits = statistics.median(wait for _, wait in pair)
    efficiency = [a / b for a, (b, _) in zip(alone, pair)]
    lines = [
        f"Weak scaling, {processor()}: MRPC rows of 128 tokens, {args.batch} to a rank, a gradient of {gradient / 1e6:.0f} MB, "
        f"one pinned thread a rank, medians of {args.rounds} rounds in turns.",
        "",
        "| | a step | of it waiting and adding up | efficiency |",
        "|---|---|---|---|",
        f"| 1 rank | {one:.2f} s | | 1 |",
        f"| 2 ranks | {two:.2f} s | {waits:.2f} s | {statistics.median(efficiency):.2f} ({min(efficiency):.2f} to {max(efficiency):.2f}) |",
        "",
    ]

    sizes = [str(size) for size in SIZES]
    gloo = ["torchrun", "--nproc-per-node", "2", str(HERE / "all_reduce_gloo.py"), *sizes]
    rounds = [[times(run(command)) for command in (mpiexec(2, [ours, *sizes]), mpiexec(2, [plain, *sizes]), gloo)] for _ in range(args.rounds)]
    lines += [
        "Sums over two ranks in shared memory, MB/s of the data that each has, medians.",
        "",
        "| size | here | plain MPI (MPICH) | torch's gloo |",
        "|---|---|---|---|",
    ]
    for size in SIZES:
        rates = [size / 1e6 / statistics.median(times[which][size] for times in rounds) for which in range(3)]
        lines.append(f"| {size >> 10} KiB | " + " | ".join(f"{rate:.0f}" for rate in rates) + " |")
    lines.append("")

    measured = {}
    if os.geteuid() == 0 and shutil.which("tc"):
        lines += [
            "A step of two ranks over a link of that rate (network namespaces, `tc tbf`, TCP), and what the model says: "
            "step / (step + 2 (N - 1) / N x bytes / rate).",
            "",
            "| link | a step | efficiency | by the model, 2 | 8 | 64 machines |",
            "|---|---|---|---|---|---|",
        ]
        with Hosts() as hosts:
            for gigabits in 1, 10:
                hosts.rate(gigabits)
                seconds = statistics.median(step(hosts.launch(), bert, flags, {"UCX_TLS": "tcp,self"})[0] for _ in range(args.rounds))
                measured[gigabits] = one / seconds
                says = [model(one, ranks, gradient, gigabits) for ranks in (2, 8, 64)]
                cells = " | ".join(f"{share:.2f}" for share in says)
                lines.append(f"| {gigabits} Gb/s | {seconds:.2f} s | {one / seconds:.2f} | {cells} |")
                print(lines[-1], flush=True)
        lines.append("")
    text = "\n".join(lines)
    print(text)
    if args.write:
        write(args.write, text)
    if args.plot:
        plot(args.plot, gradient, one, measured)


if __name__ == "__main__":
    main()
