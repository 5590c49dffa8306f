"""Compares `bert tag` with the token classification pipeline of transformers on the same folders.

    pip install -r docs/parity/requirements.txt
    python docs/parity/check_tagging.py --bert target/release/bert
    python docs/parity/check_tagging.py --bert target/release/bert --model OUT --file sentences.conll

Without --model the folders are tiny random ones that transformers saves. With it, the folder is one that
`bert train --task ner` saved, and the file has its words in the first column. All aggregation strategies are compared.
Exits with 1 if a weight is missing, left over or of another shape, if an entity differs, or a score by more than
--tolerance. Of a folder with a CRF, which transformers does not know, it checks that the rest opens without an error.
"""

import argparse
import json
import random
import subprocess
import tempfile
from pathlib import Path

import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer, BertForTokenClassification, BertTokenizerFast, pipeline
from transformers.utils import logging

TINY_BERT = Path(__file__).parents[2] / "bert-core/tests/fixtures/tiny-bert"
STRATEGIES = ("none", "simple", "first", "average", "max")
SENTENCES = 200
# What the labels are called.
KINDS = {
    "IOB2": ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"],
    "I alone": ["O", "I-PER", "I-LOC"],
    "IOBES": ["O", "B-X", "I-X", "E-X", "S-X"],
    "no prefixes": ["NOUN", "VERB", "O", "X-Y-Z"],
}
ODD = ["résumé", "É", "東京", "ﬁne", "don't", "U.S.A.", "x" * 120, "naïve-ly", "e\u0301a", "☃", "İstanbul", "a\u00adb", "[MASK]", "\t"]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bert", type=Path, required=True, help="the program")
    parser.add_argument("--model", type=Path, help="a saved folder")
    parser.add_argument("--file", type=Path, help="sentences for it, in columns")
    parser.add_argument("--max-sentences", type=int, default=SENTENCES, help="at most so many, evenly spaced")
    parser.add_argument("--tolerance", type=float, default=1e-5)
    args = parser.parse_args()
    if (args.model is None) != (args.file is None):
        parser.error("--model and --file come together")
    return args


def random_texts() -> list[str]:
    """Words of the tiny vocabulary and odd ones, with punctuation: cut into many pieces."""
    words = (TINY_BERT / "vocab.txt").read_text("utf-8").split()[-26:]
    chance = random.Random(42)
    ends = ["", "", "", ",", ".", "?!", "ing", "edly", "S"]

    def word() -> str:
        return chance.choice(ODD) if chance.random() < 0.15 else chance.choice(words) + chance.choice(ends)

    return [" ".join(word() for _ in range(chance.randint(0, 9))) for _ in range(SENTENCES)]


def texts_of(file: Path) -> list[str]:
    """The sentences of a file in columns, their words with a space between them."""
    texts, words = [], []
    for line in [*file.read_text("utf-8").splitlines(), ""]:
        if line.strip() and not line.startswith(("-DOCSTART-", "# ")):
            words.append(line.split("\t" if "\t" in line else None)[0])
        elif words:
            texts.append(" ".join(words))
            words = []
    return texts


def tag(bert: Path, folder: Path, texts: list[str], strategy: str) -> list[list[dict]]:
    """The program's spans in each text."""
    with tempfile.TemporaryDirectory() as work:
        source, output = Path(work, "texts.jsonl"), Path(work, "out.jsonl")
        lines = [json.dumps({"text": text}) + "\n" for text in texts]
        source.write_text("".join(lines), "utf-8")
        files = ["--model", folder, "--file", source, "--output", output]
        subprocess.run([bert, "tag", *files, "--aggregation-strategy", strategy], check=True)
        found = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    if [one["text"] for one in found] != texts:
        raise SystemExit(f"{folder}: other texts came out than went in")
    for one in found:
        for span in one["spans"]:
            assert span["text"] == one["text"][span["start"] : span["end"]], span
    return [one["spans"] for one in found]


def load(folder: Path):
    """The model, of which every weight has to be there, and nothing else but a CRF; and the tokenizer."""
    model, info = AutoModelForTokenClassification.from_pretrained(folder, output_loading_info=True)
    info = {what: {name for name in found if not str(name).startswith("crf.")} for what, found in info.items() if found}
    if any(info.values()):
        raise SystemExit(f"{folder} does not fit: {info}")
    return model.eval(), AutoTokenizer.from_pretrained(folder)


def key(entity: dict) -> tuple:
    return entity["start"], entity["end"], entity.get("entity_group", entity.get("entity", entity.get("label")))


def check(what: str, bert: Path, folder: Path, texts: list[str], tolerance: float) -> bool:
    model, tokenizer = load(folder)
    if getattr(model.config, "crf", False):
        found = tag(bert, folder, texts, "first")
        print(f"{what}: opens in transformers without its CRF; with it there are {sum(map(len, found))} entities")
        return True
    tagger = pipeline("token-classification", model=model, tokenizer=tokenizer, device="cpu")
    passed = True
    for strategy in STRATEGIES:
        ours = tag(bert, folder, texts, strategy)
        theirs = tagger(texts, aggregation_strategy=strategy, batch_size=32)
        worst, faults, entities = 0.0, 0, 0
        for text, our, their in zip(texts, ours, theirs):
            same = list(map(key, our)) == list(map(key, their))
            scores = zip(our, their) if same else []
            apart = max((abs(a["score"] - float(b["score"])) for a, b in scores), default=0.0)
            if not same or not apart <= tolerance:
                faults += 1
                print(f"  {text!r}\n    bert         {our}\n    transformers {their}")
            worst, entities = max(worst, apart), entities + len(their)
        equal = f"{len(texts) - faults} of {len(texts)} texts equal, {entities} entities"
        print(f"{what}, {strategy}: {equal}, largest difference {worst:.2e}, tolerance {tolerance:.0e}")
        passed &= faults == 0 and entities > 0
    return passed


def save_tiny(folder: Path, names: list[str], texts: list[str]) -> None:
    """A model whose scores lie around 0, for every label to win somewhere."""
    labels = {"id2label": dict(enumerate(names)), "label2id": {name: label for label, name in enumerate(names)}}
    config = {"max_position_embeddings": 512} | labels
    model = BertForTokenClassification.from_pretrained(TINY_BERT, ignore_mismatched_sizes=True, **config)
    tokenizer = BertTokenizerFast(str(TINY_BERT / "vocab.txt"), model_max_length=512)
    with torch.no_grad():
        generator = torch.Generator().manual_seed(42)
        for parameter in (model.classifier.weight, model.bert.embeddings.position_embeddings.weight):
            torch.nn.init.normal_(parameter, generator=generator)
        torch.nn.init.zeros_(model.classifier.bias)
        inputs = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        real = inputs["attention_mask"].bool()
        logits = model.eval()(**inputs).logits[real]
        model.classifier.weight *= (2 / logits.std(dim=0))[:, None]
        model.classifier.bias -= model(**inputs).logits[real].mean(dim=0)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def check_tiny(bert: Path, tolerance: float) -> bool:
    texts = random_texts()
    passed = []
    for what, names in KINDS.items():
        with tempfile.TemporaryDirectory() as folder:
            save_tiny(Path(folder), names, texts)
            passed.append(check(what, bert, Path(folder), texts, tolerance))
    return all(passed)


def main() -> None:
    args = parse_args()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    if args.model is None:
        passed = check_tiny(args.bert, args.tolerance)
    else:
        texts = texts_of(args.file)
        texts = texts[:: -(-len(texts) // args.max_sentences)]
        passed = check(str(args.model), args.bert, args.model, texts, args.tolerance)
    if not passed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
