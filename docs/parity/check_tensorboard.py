"""Opens a run's TensorBoard files with the tensorboard package and compares them with its events.jsonl.

    cargo run --release --example mrpc -- --output-dir OUT --report-to tensorboard
    pip install -r docs/parity/requirements.txt && python docs/parity/check_tensorboard.py OUT
"""

import argparse
import json
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output_dir", type=Path)
    out = parser.parse_args().output_dir
    events = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
    board = EventAccumulator(str(out / "tensorboard"), size_guidance={"scalars": 0}).Reload()
    checked = 0
    for tag, kind, value in [
        ("train/loss", "step", lambda event: event["loss"]),
        ("train/grad_norm", "step", lambda event: event["grad_norm"]),
        ("train/learning_rate", "step", lambda event: event["learning_rate"]),
        ("eval/f1", "evaluation", lambda event: event["scores"]["f1"]),
    ]:
        expected = [(event["step"], value(event)) for event in events if event["event"] == kind]
        found = [(point.step, point.value) for point in board.Scalars(tag)]
        assert len(found) == len(expected) > 0, (tag, len(found), len(expected))
        for (step, number), (expected_step, expected_number) in zip(found, expected):
            assert step == expected_step, (tag, step, expected_step)
            assert abs(number - expected_number) <= 1e-6 * max(1.0, abs(expected_number)), (tag, step, number, expected_number)
            checked += 1
    print(f"{checked} points of TensorBoard's files are those of events.jsonl")


if __name__ == "__main__":
    main()
