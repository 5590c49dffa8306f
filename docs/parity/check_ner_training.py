"""Trains a tiny model with `bert train --task ner` and with the transformers Trainer, and compares every epoch.

    pip install -r docs/parity/requirements.txt seqeval==1.2.2
    python docs/parity/check_ner_training.py --bert target/release/bert

Nothing is random: both start from the same weights, dropout is 0, and an epoch is one step on all sentences, here in
passes with different numbers of words. What is left is the loss over words, its gradient, AdamW, schedule and clipping,
and entities as seqeval scores them. Exits with 1 if a loss or a metric of an epoch differs by more than --tolerance,
relative to values above 1.
"""

import argparse
import random
import tempfile
from pathlib import Path

from transformers.utils import logging

from both_trainings import are_close, epochs_of_both
from check_tagging import TINY_BERT, save_tiny
from transformers_ner import METRICS

TAGS = sorted(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"])


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bert", type=Path, required=True, help="the program")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    return parser.parse_args()


def draw_sentences() -> list[list[tuple[str, str]]]:
    """Words of one piece and of several; all tags come, O most, and I only where something goes on."""
    words = (TINY_BERT / "vocab.txt").read_text("utf-8").split()[-26:]
    draw = random.Random(42)

    def sentence(length: int) -> list[tuple[str, str]]:
        drawn, before = [], "O"
        for _ in range(length):
            tag = draw.choice(TAGS + ["O"] * 4)
            if tag[0] == "I" and before[2:] != tag[2:]:
                tag = "B" + tag[1:]
            drawn.append((draw.choice(words) + draw.choice(["", "", "ing", "xyz"]), tag))
            before = tag
        return drawn

    all_tags = [("a", tag) for tag in ("B-LOC", "I-LOC", "O", "B-PER", "I-PER")]
    return [all_tags, *(sentence(draw.randint(1, 9)) for _ in range(23))]


def train(bert: Path, work: Path) -> tuple[list[dict], list[dict]]:
    """The scores of every epoch: the program's, the Trainer's."""
    sentences = draw_sentences()
    save_tiny(work / "model", TAGS, [" ".join(word for word, _ in sentence) for sentence in sentences])
    lines = ["".join(f"{word}\t{tag}\n" for word, tag in sentence) for sentence in sentences]
    (work / "sentences.conll").write_text("\n".join(lines), "utf-8")
    options = {
        "model": work / "model",
        "train-file": work / "sentences.conll",
        "validation-file": work / "sentences.conll",
        "max-seq-length": 64,
        "learning-rate": 1e-3,
    }
    # The Trainer's batch in passes with different numbers of words.
    ours = ["--train-batch-size", "5", "--gradient-accumulation-steps", "5"]
    theirs = ["--train-batch-size", str(len(sentences))]
    return epochs_of_both(bert, "ner", "transformers_ner.py", options, work, ours, theirs)


def main() -> None:
    args = parse_args()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as work:
        ours, theirs = train(args.bert, Path(work))
    f1 = f"ner, f1 {theirs[0]['f1']:.4f} to {theirs[-1]['f1']:.4f}"
    if not are_close(f1, ours, theirs, (*METRICS, "loss"), args.tolerance):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
