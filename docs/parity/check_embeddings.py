"""Compares `bert embed` with sentence-transformers on the same folders.

    pip install -r docs/parity/requirements.txt && pip install --no-deps sentence-transformers==6.2.0
    python docs/parity/check_embeddings.py --bert target/release/bert
    python docs/parity/check_embeddings.py --bert target/release/bert --model all-MiniLM-L6-v2

Without --model the folders are those that sentence-transformers saves of bert-nano: every pooling mode and several,
layers behind it, prompts, lower case, old files and new ones; and those that `bert embed --save` and `bert convert`
write, which it opens. Texts are of mixed lengths, and odd. Exits with 1 if a number of a vector differs by more than
--tolerance, or by more than --batch-tolerance between batches of different sizes: of the largest number of the vector,
where that is above 1.
"""

import argparse
import csv
import json
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from transformers.utils import logging

ROOT = Path(__file__).parents[2]
NANO = ROOT / "examples/data/bert-nano"
MODES = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")
TEXTS = 200
FEW = 50
ODD = [
    "", " ", "\t", "\u3000\u200b", "☃☃☃", "🙂🙂 🙂", "\x00\x07\x1b[31m", "[MASK] [SEP] [CLS] [UNK]", "x" * 300, "É e\u0301 ﬁne",
    "東京は日本の首都", "שלום עולם", "a\u00adb don't U.S.A.", "line\nbreak\r\n", "0" * 50, "." * 700, "\ufeffmark",
]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bert", type=Path, required=True, help="the program")
    parser.add_argument("--model", type=Path, help="a folder instead of bert-nano")
    parser.add_argument("--tolerance", type=float, default=1e-5)
    parser.add_argument("--batch-tolerance", type=float, default=1e-6)
    return parser.parse_args()


def mixed_texts() -> list[str]:
    """Requests and passages that come with the source, whole, cut and joined: from a word to more than any model takes."""
    with (ROOT / "examples/data/requests/train.csv").open(encoding="utf-8", newline="") as file:
        requests = [row["text"] for row in csv.DictReader(file)]
    passages = (ROOT / "examples/data/questions/passages.txt").read_text("utf-8").split("\n")
    passages = [passage for passage in passages if passage.strip()]
    chance = random.Random(42)

    def text() -> str:
        kind = chance.random()
        if kind < 0.4:
            return chance.choice(requests)
        if kind < 0.8:
            words = chance.choice(passages).split()
            return " ".join(words[: chance.randint(1, len(words))])
        return " ".join(chance.sample(passages, chance.randint(1, 12)))

    return ODD + [text() for _ in range(TEXTS - len(ODD))]


def embed(bert: Path, folder: Path, texts: list[str], *flags: str) -> np.ndarray:
    """The program's vectors, `[texts, dimension]`."""
    with tempfile.TemporaryDirectory() as work:
        source, output = Path(work, "texts.jsonl"), Path(work, "out.npy")
        source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8")
        files = ["--model", folder, "--file", source, "--output", output]
        subprocess.run([bert, "embed", *files, *flags], check=True, stderr=subprocess.DEVNULL)
        return np.load(output)


def open_model(folder: Path) -> SentenceTransformer:
    """In f32, whatever the file has."""
    return SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": torch.float32})


def compare(what: str, ours: np.ndarray, theirs: np.ndarray, tolerance: float) -> bool:
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        print(f"{what}: {ours.shape} of {ours.dtype}, expected {theirs.shape} of {theirs.dtype}")
        return False
    # A sum over the root of 384 tokens has numbers twenty times as large as a mean, and so have its last digits.
    scale = np.maximum(np.abs(theirs).max(axis=1, keepdims=True), 1.0)
    apart = (np.abs(ours.astype(np.float64) - theirs) / scale).max()
    print(f"{what}: {ours.shape[0]} texts, {ours.shape[1]} numbers each, largest difference {apart:.2e}, tolerance {tolerance:.0e}")
    return bool(apart <= tolerance)


def check(what: str, bert: Path, folder: Path, texts: list[str], tolerance: float) -> bool:
    theirs = open_model(folder).encode(texts, batch_size=32, show_progress_bar=False)
    return compare(what, embed(bert, folder, texts), theirs, tolerance)


def check_batches(bert: Path, folder: Path, texts: list[str], tolerance: float) -> bool:
    together = embed(bert, folder, texts)
    sizes = ("1", "20000")
    return all(
        [compare(f"  batches of {size} tokens", embed(bert, folder, texts, "--batch-tokens", size), together, tolerance) for size in sizes]
    )


def nano(pooling, *behind, **settings) -> SentenceTransformer:
    """bert-nano with this pooling, and what comes behind it."""
    encoder = Transformer(str(NANO), model_kwargs={"dtype": torch.float32})
    include_prompt = settings.pop("include_prompt", True)
    pooling = Pooling(encoder.get_embedding_dimension(), pooling, include_prompt=include_prompt)
    return SentenceTransformer(modules=[encoder, pooling, *behind], device="cpu", **settings)


def save(model: SentenceTransformer, folder: Path) -> Path:
    model.save(str(folder), create_model_card=False)
    return folder


def rewrite(path: Path, change) -> None:
    settings = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(change(settings)), "utf-8")


def as_old(folder: Path) -> None:
    """As versions before 5 have saved it: other classes, switches, the encoder in a folder, lower case said there."""
    kinds = {"Transformer": "0_Transformer", "Pooling": "1_Pooling", "Normalize": "2_Normalize"}
    rewrite(folder / "modules.json", lambda modules: [
        module | {"type": f"sentence_transformers.models.{kind}", "path": kinds[kind]}
        for module, kind in ((module, module["type"].rsplit(".")[-1]) for module in modules)
    ])
    switches = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": False}
    (folder / "1_Pooling/config.json").write_text(json.dumps({"word_embedding_dimension": 192} | switches), "utf-8")
    encoder = folder / "0_Transformer"
    encoder.mkdir()
    for path in [path for path in folder.iterdir() if path.is_file() and path.name not in ("modules.json", "config_sentence_transformers.json")]:
        shutil.move(path, encoder / path.name)
    (encoder / "sentence_bert_config.json").write_text('{"max_seq_length": 40, "do_lower_case": true}', "utf-8")
    rewrite(encoder / "tokenizer_config.json", lambda settings: settings | {"do_lower_case": False})
    shutil.rmtree(folder / "2_Normalize")


def check_nano(bert: Path, texts: list[str], tolerance: float, batch_tolerance: float, work: Path) -> bool:
    every = save(nano(MODES), work / "all")
    passed = [
        check("without modules.json", bert, NANO, texts, tolerance),
        check("all modes", bert, every, texts, tolerance),
        check_batches(bert, every, texts, batch_tolerance),
    ]
    # The same tokens go through the same encoder: from here on it is what differs that counts.
    texts = texts[:FEW]

    def one(what: str, folder: Path) -> None:
        passed.append(check(what, bert, folder, texts, tolerance))

    for mode in MODES:
        one(mode, save(nano(mode), work / mode))
    torch.manual_seed(42)
    dense = Dense(2 * 192, 64)
    behind = save(nano(("mean", "cls"), dense, Normalize()), work / "dense")
    one("mean and cls, a layer, length 1", behind)
    for name, activation in (("identity", torch.nn.Identity()), ("relu", torch.nn.ReLU()), ("gelu", torch.nn.GELU())):
        layer = Dense(192, 192 if name == "relu" else 100, bias=name != "relu", activation_function=activation, use_residual=True)
        one(f"a layer with {name} and what goes in", save(nano("mean", layer), work / name))

    prompts = {"query": "query: ", "document": "a text. "}
    for include_prompt in (True, False):
        what = f"a prompt that {'counts' if include_prompt else 'does not count'}"
        model = nano(MODES, prompts=prompts, default_prompt_name="document", include_prompt=include_prompt)
        folder = save(model, work / f"prompt-{include_prompt}")
        one(what, folder)
        theirs = open_model(folder).encode(texts, prompt_name="query", show_progress_bar=False)
        ours = embed(bert, folder, texts, "--prompt-name", "query")
        passed.append(compare("  another one", ours, theirs, tolerance))

    short = nano("mean", Normalize())
    short.max_seq_length = 17
    one("17 tokens", save(short, work / "short"))
    old = save(nano(("cls", "mean"), Normalize()), work / "old")
    as_old(old)
    one("the files of older versions", old)

    # The other way round.
    flags = ["--pooling", "max,mean", "--normalize", "true", "--max-seq-length", "50"]
    saved = work / "saved"
    subprocess.run([bert, "embed", "--model", NANO, *flags, "--save", saved], check=True)
    one("saved here, opened there", saved)
    theirs = open_model(saved).encode(texts, show_progress_bar=False)
    passed.append(compare("  as before it was saved", embed(bert, NANO, texts, *flags), theirs, tolerance))
    again = work / "again"
    subprocess.run([bert, "embed", "--model", behind, "--save", again], check=True)
    one("with a layer, saved here", again)
    theirs = open_model(behind).encode(texts, show_progress_bar=False)
    passed.append(compare("  as before it was saved", embed(bert, again, texts), theirs, tolerance))
    converted = work / "converted"
    subprocess.run([bert, "convert", "--from", behind, "--to", converted], check=True, stdout=subprocess.DEVNULL)
    one("converted, opened there", converted)
    passed.append(compare("  as before it was converted", embed(bert, converted, texts), theirs, tolerance))
    return all(passed)


def main() -> None:
    args = parse_args()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    texts = mixed_texts()
    if args.model is None:
        with tempfile.TemporaryDirectory() as work:
            passed = check_nano(args.bert, texts, args.tolerance, args.batch_tolerance, Path(work))
    else:
        passed = check(str(args.model), args.bert, args.model, texts, args.tolerance)
        passed &= check_batches(args.bert, args.model, texts, args.batch_tolerance)
    if not passed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
