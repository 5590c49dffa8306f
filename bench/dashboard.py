"""What the dashboard costs: processor time while events come in and while none do, and opening a
long run. Prints a table.

    cargo build --release --example dashboard
    python3 bench/dashboard.py
"""

import argparse
import fcntl
import json
import os
import pty
import struct
import tempfile
import termios
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


def event(name, **fields):
    return json.dumps({"v": 1, "time": time.time(), "event": name, **fields}) + "\n"


def start(steps):
    return event(
        "start", task="bench", arguments={}, model={}, parameters=1, train_examples=32 * steps,
        eval_examples=100, total_steps=steps, total_epochs=1, metric_for_best_model="f1",
        higher_is_better=True, resumed_step=0,
        environment=dict(version="0", backend="none", platform="", threads=1, host="", pid=1),
    )  # fmt: skip


def step(number):
    loss = 1 / (1 + number / 1000) + 0.1 * ((number * 7919) % 101) / 101
    return event(
        "step", step=number, epoch=1, loss=loss, grad_norm=1 + loss, learning_rate=2e-5,
        examples=32, tokens=1400, seconds=0.0166,
    )  # fmt: skip


class Dashboard:
    """The program on a terminal of its own, whose output is read and counted."""

    def __init__(self, program, run, columns, rows):
        self.begun = time.monotonic()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            os.execv(program, [str(program), str(run)])
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, size)
        self.output = bytearray()
        threading.Thread(target=self.drain, daemon=True).start()

    def drain(self):
        while True:
            try:
                self.output += os.read(self.terminal, 65536)
            except OSError:
                return

    def seconds_until(self, text):
        while text.encode() not in self.output:
            assert time.monotonic() - self.begun < 60, f"no {text!r} on the screen"
            time.sleep(0.002)
        return time.monotonic() - self.begun

    def cpu(self):
        """Processor time so far, in seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def peak_mb(self):
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line) / 1024

    def close(self):
        os.write(self.terminal, b"q")
        os.waitpid(self.pid, 0)


def share(dashboard, seconds, work):
    """Processor time over wall time while `work` runs for `seconds`."""
    cpu, begun = dashboard.cpu(), time.monotonic()
    work(begun + seconds)
    return (dashboard.cpu() - cpu) / (time.monotonic() - begun)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    parser.add_argument("--program", type=Path, default=target / "release/examples/dashboard")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--steps", type=int, default=200_000)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        with open(run / "events.jsonl", "w") as events:
            events.write(start(1_000_000))
            events.write("".join(step(number) for number in range(1, 2001)))
            events.flush()
            dashboard = Dashboard(options.program, run, 160, 45)
            dashboard.seconds_until("2000/1000000")

            def write(until):
                number = 2000
                while time.monotonic() < until:
                    number += 1
                    events.write(step(number))
                    events.flush()
                    time.sleep(1 / 60)

            live = share(dashboard, options.seconds, write)
            events.write(event("end", step=9, reason="finished", complete=True, seconds=1,
                               spent=dict(compute=0, input=0, evaluate=0, save=0, other=0)))  # fmt: skip
            events.flush()
            time.sleep(3)
            idle = share(dashboard, options.seconds / 2, lambda until: time.sleep(options.seconds / 2))
            dashboard.close()

    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        with open(run / "events.jsonl", "w") as events:
            events.write(start(options.steps))
            events.writelines(step(number) for number in range(1, options.steps + 1))
        size = (run / "events.jsonl").stat().st_size / 1e6
        dashboard = Dashboard(options.program, run, 160, 45)
        opened = dashboard.seconds_until(f"{options.steps}/{options.steps}")
        time.sleep(1)
        peak = dashboard.peak_mb()
        dashboard.close()

    print("| dashboard, 160 x 45 | |")
    print("|---|---|")
    print(f"| 60 events a second for {options.seconds:.0f} s | {100 * live:.2f} % of a core |")
    print(f"| after the run's end | {100 * idle:.2f} % of a core |")
    print(f"| opening {options.steps:,} steps ({size:.0f} MB) | {opened:.2f} s |")
    print(f"| peak memory then | {peak:.0f} MB |")


if __name__ == "__main__":
    main()
