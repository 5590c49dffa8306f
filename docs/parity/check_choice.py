"""Compares multiple choice here and in BertForMultipleChoice of transformers, on the same folders.

    pip install -r docs/parity/requirements.txt
    python docs/parity/check_choice.py --bert target/release/bert
    python docs/parity/check_choice.py --bert target/release/bert --model OUT --file dev.jsonl

Without --model the folder is one that transformers saves, tiny and random, and the questions are a file in SWAG's
columns and one in RACE's. With it, the folder is one that `bert train --task choice` saved, and the questions are JSON
lines with context, question, choices and label. Exits with 1 if a weight is missing, left over or of another shape, if a
choice differs, or a probability, the loss or the accuracy by more than --tolerance.
"""

import argparse
import csv
import json
import random
import subprocess
import tempfile
from pathlib import Path

import torch
from transformers import AutoTokenizer, BertForMultipleChoice, BertTokenizerFast
from transformers.utils import logging

TINY_BERT = Path(__file__).parents[2] / "bert-core/tests/fixtures/tiny-bert"
WORDS = (TINY_BERT / "vocab.txt").read_text("utf-8").split()[-26:]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bert", type=Path, required=True, help="the program")
    parser.add_argument("--model", type=Path, help="a saved folder")
    parser.add_argument("--file", type=Path, help="questions for it: JSON lines")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    args = parser.parse_args()
    if (args.model is None) != (args.file is None):
        parser.error("--model and --file come together")
    return args


def load(folder: Path):
    model, loading = BertForMultipleChoice.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    faults = {what: sorted(map(str, found)) for what, found in loading.items() if found}
    if faults:
        raise SystemExit(f"the weights do not match the model: {faults}")
    return model.eval(), AutoTokenizer.from_pretrained(folder)


def scores(model, tokenizer, question: dict) -> torch.Tensor:
    """Of each choice of a question, which is encoded as run_swag.py does it."""
    seconds = [f"{question['question']} {choice}".strip() for choice in question["choices"]]
    firsts = [question["context"]] * len(seconds)
    length = model.config.max_position_embeddings
    inputs = tokenizer(firsts, seconds, truncation=True, max_length=length, padding=True, return_tensors="pt")
    with torch.no_grad():
        return model(**{name: values[None] for name, values in inputs.items()}).logits[0]


def check(what: str, bert: Path, folder: Path, file: Path, questions: list[dict], tolerance: float) -> bool:
    model, tokenizer = load(folder)
    theirs = [scores(model, tokenizer, question) for question in questions]
    with tempfile.TemporaryDirectory() as work:
        choices, evaluated = Path(work, "choices.jsonl"), Path(work, "evaluated")
        subprocess.run([bert, "predict", "--model", folder, "--file", file, "--output", choices], check=True)
        length = ["--max-seq-length", str(model.config.max_position_embeddings)]
        command = [bert, "evaluate", "--task", "choice", "--model", folder, "--validation-file", file, *length]
        done = subprocess.run([*command, "--output-dir", evaluated], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{done.stdout}{done.stderr}{what}: bert evaluate failed")
        ours = [json.loads(line) for line in choices.read_text("utf-8").splitlines()]
        results = json.loads((evaluated / "eval_results.json").read_text("utf-8"))
    if len(ours) != len(questions):
        raise SystemExit(f"{what}: {len(questions)} questions went in and {len(ours)} came out")
    worst, same = 0.0, 0
    for question, our, their in zip(questions, ours, theirs):
        apart = (torch.tensor(our["probabilities"]) - their.softmax(-1)).abs().max().item()
        worst = max(worst, apart if apart == apart else float("inf"))
        same += our["choice"] == their.argmax().item() and our["text"] == question["choices"][our["choice"]]
    labels = [question["label"] for question in questions]
    right = [their.argmax().item() == label for their, label in zip(theirs, labels)]
    losses = [torch.nn.functional.cross_entropy(their, torch.tensor(label)) for their, label in zip(theirs, labels)]
    accuracy, loss = sum(right) / len(right), torch.stack(losses).mean().item()
    far = max(abs(results["accuracy"] - accuracy), abs(results["loss"] - loss))
    print(f"{what}: {same} of {len(questions)} choices equal, accuracy {accuracy:.4f}, loss {loss:.4f}; largest "
          f"differences: probabilities {worst:.2e}, scores {far:.2e}, tolerance {tolerance:.0e}")
    return same == len(questions) and worst <= tolerance and far <= tolerance


def draw_questions(draw: random.Random, counts: list[int]) -> list[dict]:
    def text(words: int) -> str:
        return " ".join(draw.choices(WORDS, k=words)).capitalize() + draw.choice([".", "?", ", \"so\"", ""])

    return [
        {
            "context": text(draw.randrange(3, 40)),  # some are longer than the model
            "question": text(draw.randrange(1, 5)),
            "choices": [f"{text(3)} {number}" for number in range(count)],
            "label": draw.randrange(count),
        }
        for count in counts
    ]


def save_tiny(folder: Path) -> None:
    """A model whose scores are far apart, for every choice to win somewhere."""
    model = BertForMultipleChoice.from_pretrained(TINY_BERT, ignore_mismatched_sizes=True)
    torch.nn.init.normal_(model.classifier.weight, generator=torch.Generator().manual_seed(42))
    model.save_pretrained(folder)
    BertTokenizerFast(str(TINY_BERT / "vocab.txt")).save_pretrained(folder)


def write_swag(path: Path, questions: list[dict]) -> None:
    names = ["video-id", "startphrase", "sent1", "sent2", "ending0", "ending1", "ending2", "ending3", "label"]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["", *names])
        for number, question in enumerate(questions):
            first, second = question["context"], question["question"]
            writer.writerow([number, "v", f"{first} {second}", first, second, *question["choices"], question["label"]])


def write_race(path: Path, questions: list[dict]) -> None:
    with open(path, "w", encoding="utf-8") as file:
        for question in questions:
            row = {"article": question["context"], "question": question["question"], "options": question["choices"]}
            print(json.dumps({**row, "answer": "ABCDEF"[question["label"]]}), file=file)


def main() -> None:
    args = parse_args()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    passed = True
    if args.model:
        questions = [json.loads(line) for line in args.file.read_text("utf-8").splitlines()]
        passed = check(str(args.model), args.bert, args.model, args.file, questions, args.tolerance)
    else:
        draw = random.Random(42)
        with tempfile.TemporaryDirectory() as work:
            folder = Path(work, "model")
            save_tiny(folder)
            for name, write, counts in (
                ("swag.csv", write_swag, [4] * 50),
                ("race.jsonl", write_race, [draw.randrange(2, 7) for _ in range(50)]),
            ):
                questions = draw_questions(draw, counts)
                write(Path(work, name), questions)
                passed &= check(name, args.bert, folder, Path(work, name), questions, args.tolerance)
    if not passed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
