"""Compares what `bert convert --format onnx` writes with transformers, by ONNX Runtime.

    pip install -r docs/parity/requirements.txt
    pip install --no-deps onnx==1.23.2 onnxruntime==1.32.0 flatbuffers==25.12.19 ml_dtypes==0.6.0
    python docs/parity/check_onnx.py --bert target/release/bert
    python docs/parity/check_onnx.py --bert target/release/bert --model OUT...

Without --model the folders are tiny random ones that transformers saves, one for each head and each activation. With
it, they are given: any that transformers opens. Of each, `onnx.checker` reads the graph; inputs, outputs and their axes
are those that `optimum` gives them; and 100 texts or more, padded in batches, have the same outputs within
--tolerance, as the graph is written, and after ONNX Runtime's optimizer for transformers. That has to know all of it:
one EmbedLayerNormalization, an Attention, two SkipLayerNormalization and a GELU for each layer. Exits with 1 if not.
"""

import argparse
import json
import logging
import random
import subprocess
import tempfile
from pathlib import Path

import numpy
import onnx
import onnxruntime
import torch
import transformers
from onnxruntime.transformers.optimizer import optimize_model
from transformers import AutoTokenizer, BertConfig, BertTokenizerFast
from transformers.utils import logging as transformers_logging

TINY_BERT = Path(__file__).parents[2] / "bert-core/tests/fixtures/tiny-bert"
GELUS = {"gelu": ["BiasGelu", "Gelu"], "gelu_new": ["FastGelu"]}
# Of transformers, and what differs from the defaults in the configuration.
KINDS = [
    ("BertForSequenceClassification", {"num_labels": 3}),
    ("BertForSequenceClassification", {"num_labels": 1, "problem_type": "regression"}),
    *(("BertForSequenceClassification", {"hidden_act": name}) for name in ("relu", "silu", "tanh")),
    ("BertForNextSentencePrediction", {}),
    ("BertForTokenClassification", {"num_labels": 5}),
    ("BertForQuestionAnswering", {}),
    ("BertForMultipleChoice", {}),
    ("BertForMaskedLM", {}),
    ("BertForMaskedLM", {"hidden_act": "gelu_new"}),
    ("BertForPreTraining", {}),
    ("BertModel", {}),
    ("BertModel", {"position_embedding_type": "sinusoidal"}),
]
TEXTS, BATCH, CHOICES = 100, 10, 3
SEQUENCES = ["batch_size", "sequence_length"]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bert", type=Path, required=True, help="the program")
    parser.add_argument("--model", type=Path, nargs="+", help="folders")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    return parser.parse_args()


def load(folder: Path):
    """The model and its tokenizer, in the class that the folder names."""
    config = BertConfig.from_pretrained(folder)
    named = getattr(transformers, config.architectures[0])
    model, loading = named.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    # A CRF is no part of transformers' class, and of no graph.
    missing = {what: sorted(map(str, found)) for what, found in loading.items() if found and what != "unexpected_keys"}
    left = [name for name in loading["unexpected_keys"] if not name.startswith("crf.")]
    if missing or left:
        raise SystemExit(f"{folder}: the weights do not match the model: {missing} {left}")
    return model.eval(), AutoTokenizer.from_pretrained(folder)


def draw_batches(tokenizer, config, choices: int | None) -> list[dict[str, torch.Tensor]]:
    """Texts and pairs of all lengths, in batches that are padded."""
    draw = random.Random(42)
    words = sorted(word for word in tokenizer.get_vocab() if word.isalpha())
    length = min(config.max_position_embeddings, 64)
    step = BATCH * (choices or 1)
    rows = -(-TEXTS // step) * step
    text = lambda: " ".join(draw.choices(words, k=draw.randrange(1, length // 2)))
    pairs = [(text(), text()) for _ in range(rows)]
    batches = []
    for first in range(0, rows, step):
        ones, others = zip(*pairs[first : first + step])
        # Every second batch is of single texts.
        given = [list(ones)] if first // step % 2 else [list(ones), list(others)]
        batch = tokenizer(*given, padding=True, truncation=True, max_length=length, return_tensors="pt")
        batch = {name: values.reshape(-1, choices, values.shape[1]) if choices else values for name, values in batch.items()}
        if not choices and not (batch["attention_mask"] == 0).any():
            raise SystemExit("a batch has no padding")
        batches.append(batch)
    return batches


def outputs(model, batch: dict[str, torch.Tensor]) -> dict[str, numpy.ndarray]:
    """By the names that `optimum` has for them."""
    with torch.no_grad():
        found = model(**batch)
    renamed = {"prediction_logits": "logits"}
    wanted = ["logits", "prediction_logits", "start_logits", "end_logits", "last_hidden_state"]
    return {renamed.get(name, name): found[name].numpy() for name in wanted if name in found}


def axes(values) -> dict[str, list]:
    dims = lambda value: [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
    return {value.name: dims(value) for value in values}


def expected_axes(model, name: str) -> list:
    config = model.config
    match type(model).__name__:
        case "BertForMultipleChoice":
            return ["batch_size", "num_choices"]
        case "BertForQuestionAnswering":
            return SEQUENCES
        case "BertForSequenceClassification":
            return ["batch_size", config.num_labels]
        case "BertForNextSentencePrediction":
            return ["batch_size", 2]
        case "BertForTokenClassification":
            return [*SEQUENCES, config.num_labels]
        case _:
            return [*SEQUENCES, config.hidden_size if name == "last_hidden_state" else config.vocab_size]


def run(path: Path, batches: list[dict[str, torch.Tensor]]) -> list[dict[str, numpy.ndarray]]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    given = [{name: values.numpy() for name, values in batch.items()} for batch in batches]
    return [dict(zip(names, session.run(names, one))) for one in given]


def distance(ours: list[dict[str, numpy.ndarray]], theirs: list[dict[str, numpy.ndarray]]) -> float:
    """The largest; infinite where names or shapes differ, or a number is none."""
    worst = 0.0
    for our, their in zip(ours, theirs, strict=True):
        if our.keys() != their.keys() or any(our[name].shape != their[name].shape for name in our):
            return float("inf")
        apart = max(numpy.abs(our[name] - their[name]).max().item() for name in our)
        worst = max(worst, apart if apart == apart else float("inf"))
    return worst


def fused(path: Path, optimized: Path, model) -> list[str]:
    """Writes the optimized graph, and says what the optimizer did not know."""
    config = model.config
    graph = optimize_model(
        str(path), model_type="bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size
    )
    graph.save_model_to_file(str(optimized))
    counts = {}
    for node in graph.model.graph.node:
        counts[node.op_type] = counts.get(node.op_type, 0) + 1
    layers = config.num_hidden_layers
    wanted = {"EmbedLayerNormalization": 1, "Attention": layers, "SkipLayerNormalization": 2 * layers}
    faults = [f"{counts.get(name, 0)} {name} of {count}" for name, count in wanted.items() if counts.get(name, 0) != count]
    if config.hidden_act in GELUS:
        count = layers + (type(model).__name__ in ("BertForMaskedLM", "BertForPreTraining"))
        found = sum(counts.get(name, 0) for name in GELUS[config.hidden_act])
        faults += [] if found == count else [f"{found} GELU of {count}"]
    return faults


def check(what: str, bert: Path, folder: Path, tolerance: float) -> bool:
    model, tokenizer = load(folder)
    faults = []
    with tempfile.TemporaryDirectory() as work:
        out, optimized = Path(work, "out"), Path(work, "optimized.onnx")
        command = [bert, "convert", "--from", folder, "--to", out, "--format", "onnx"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{done.stdout}{done.stderr}{what}: bert convert failed")
        if getattr(model.config, "crf", False) and "CRF is left out" not in done.stdout:
            faults.append("nothing is said of the CRF")
        path = out / "model.onnx"
        onnx.checker.check_model(path, full_check=True)
        graph = onnx.load(path)
        if [(one.domain, one.version) for one in graph.opset_import] != [("", 17)]:
            faults.append(f"opset {graph.opset_import}")

        is_choice = type(model).__name__ == "BertForMultipleChoice"
        batches = draw_batches(tokenizer, model.config, CHOICES if is_choice else None)
        theirs = [outputs(model, batch) for batch in batches]
        inputs = ["batch_size", "num_choices", "sequence_length"] if is_choice else SEQUENCES
        names = ["input_ids", "attention_mask", "token_type_ids"]
        if axes(graph.graph.input) != dict.fromkeys(names, inputs):
            faults.append(f"inputs {axes(graph.graph.input)}")
        if axes(graph.graph.output) != {name: expected_axes(model, name) for name in theirs[0]}:
            faults.append(f"outputs {axes(graph.graph.output)}")

        # Both open it as their own, the labels too.
        saved = BertConfig.from_pretrained(out)
        if (saved.id2label, saved.hidden_act) != (model.config.id2label, model.config.hidden_act):
            faults.append(f"config.json {saved}")
        again = AutoTokenizer.from_pretrained(out)("A text of, well, some words.", "And one more.")
        if again["input_ids"] != tokenizer("A text of, well, some words.", "And one more.")["input_ids"]:
            faults.append("another tokenizer")

        faults += fused(path, optimized, model)
        written, after = (distance(run(one, batches), theirs) for one in (path, optimized))
        faults += [] if max(written, after) <= tolerance else ["outputs differ"]
        # Were the mask not read, padding would be seen.
        seen = {**batches[0], "attention_mask": torch.ones_like(batches[0]["attention_mask"])}
        faults += [] if distance(run(path, [seen]), theirs[:1]) > tolerance else ["the mask changes nothing"]
    print(f"{what}: {sum(batch['input_ids'].shape[:-1].numel() for batch in batches)} texts, largest difference {written:.2e}, optimized {after:.2e}, tolerance {tolerance:.0e}", flush=True)
    for fault in faults:
        print(f"  {fault}")
    return not faults


def set_sinusoidal(table: torch.Tensor) -> None:
    """What transformers has to read from a table; the program computes it."""
    rows, width = table.shape
    angles = torch.arange(rows, dtype=torch.float64)[:, None] / 10000 ** (torch.arange(0, width, 2) / width)
    table.copy_(torch.stack([angles.sin(), angles.cos()], dim=-1).reshape(rows, width))


def save_tiny(folder: Path, named: str, options: dict) -> None:
    """A model whose outputs lie around 0, far apart."""
    torch.manual_seed(42)
    config = BertConfig.from_pretrained(TINY_BERT, **options)
    model = getattr(transformers, named).from_pretrained(TINY_BERT, config=config, ignore_mismatched_sizes=True)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.startswith(("classifier.", "qa_outputs.", "cls.")) and "LayerNorm" not in name:
                parameter.normal_(std=parameter.shape[-1] ** -0.5)
        if options.get("position_embedding_type") == "sinusoidal":
            set_sinusoidal(model.embeddings.position_embeddings.weight)
    model.save_pretrained(folder)
    BertTokenizerFast(str(TINY_BERT / "vocab.txt")).save_pretrained(folder)


def main() -> None:
    args = parse_args()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    # It remarks that PyTorch has not written the graph.
    logging.getLogger("onnxruntime.transformers.optimizer").setLevel(logging.ERROR)
    passed = []
    for folder in args.model or []:
        passed.append(check(str(folder), args.bert, folder, args.tolerance))
    for named, options in [] if args.model else KINDS:
        with tempfile.TemporaryDirectory() as folder:
            save_tiny(Path(folder), named, options)
            what = f"{named} {json.dumps(options)}" if options else named
            passed.append(check(what, args.bert, Path(folder), args.tolerance))
    if not all(passed):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
