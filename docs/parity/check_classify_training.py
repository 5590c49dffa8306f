"""Trains a tiny model with `bert train --task classify` and with the transformers Trainer, and compares every epoch.

    pip install -r docs/parity/requirements.txt
    python docs/parity/check_classify_training.py --bert target/release/bert

Nothing is random: both start from the same weights, dropout is 0, and an epoch is one batch of all texts. What is left
is the loss, its gradient, AdamW, schedule and clipping, for labels that are one class, several, and a number. Exits with
1 if a loss or a metric of an epoch differs by more than --tolerance, relative to values above 1.
"""

import argparse
import json
import random
import tempfile
from pathlib import Path

from transformers.utils import logging

from both_trainings import are_close, epochs_of_both
from check_text_classification import NAMES, TEXTS, save_tiny
from table_data import KINDS, METRICS


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bert", type=Path, required=True, help="the program")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    return parser.parse_args()


def draw_label(kind: str, draw: random.Random) -> str | list[str] | float:
    match kind:
        case "single-label":
            return draw.choice(NAMES)
        case "multi-label":
            return [name for name in NAMES if draw.random() < 0.4]
    return draw.uniform(0, 5)


def train(kind: str, bert: Path, work: Path) -> tuple[list[dict], list[dict]]:
    """The scores of every epoch: the program's, the Trainer's."""
    names = ["LABEL_0"] if kind == "regression" else sorted(NAMES)
    save_tiny(work / "model", KINDS[kind], names)
    draw = random.Random(42)
    rows = [json.dumps({"text": text, "label": draw_label(kind, draw)}) for text in TEXTS]
    (work / "texts.jsonl").write_text("\n".join(rows) + "\n", "utf-8")
    options = {
        "model": work / "model",
        "train-file": work / "texts.jsonl",
        "validation-file": work / "texts.jsonl",
        "text-column": "text",
        "label-column": "label",
        "problem-type": kind,
        "max-seq-length": 40,
        "learning-rate": 1e-3,
        "train-batch-size": len(TEXTS),
    }
    return epochs_of_both(bert, "classify", "transformers_classify.py", options, work)


def main() -> None:
    args = parse_args()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    passed = True
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as work:
            ours, theirs = train(kind, args.bert, Path(work))
        passed &= are_close(kind, ours, theirs, (*METRICS[kind], "loss"), args.tolerance)
    if not passed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
