"""Reference run: fine-tunes a model folder on SQuAD with the transformers Trainer, and scores it as run_qa.py does.

Same recipe as `cargo run --release --example squad`: AdamW with bias correction, no decay on biases and LayerNorm,
linear warm-up and decay, batches grouped by length and padded to their longest, the last model scored, f32.

    pip install -r docs/parity/requirements.txt
    python docs/parity/transformers_squad.py --model MODEL_FOLDER --train TRAIN_JSON --dev DEV_JSON --output-dir OUT

Writes the model folder, predictions.json and results.json. The same command goes on from its newest checkpoint.
"""

import argparse
import json
import time
from pathlib import Path

import torch
import transformers
from transformers import (
    AutoModelForQuestionAnswering,
    AutoTokenizer,
    DataCollatorWithPadding,
    TrainingArguments,
    set_seed,
)
from transformers.trainer_utils import get_last_checkpoint

from grouped_batches import GroupedTrainer
from squad_data import features, postprocess, read_questions, scores

INPUTS = ("input_ids", "token_type_ids", "attention_mask")
LABELS = ("start_positions", "end_positions")


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="Hugging Face model folder")
    parser.add_argument("--train", type=Path, help="training questions; without them the model is only scored")
    parser.add_argument("--dev", type=Path, required=True)
    parser.add_argument("--output-dir", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--num-train-epochs", type=float, default=2)
    parser.add_argument("--train-batch-size", type=int, default=12)
    parser.add_argument("--eval-batch-size", type=int, default=32)
    parser.add_argument("--max-seq-length", type=int, default=384)
    parser.add_argument("--doc-stride", type=int, default=128)
    parser.add_argument("--warmup-ratio", type=float, default=0.1)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--adam-epsilon", type=float, default=1e-6)
    parser.add_argument("--max-grad-norm", type=float, default=1.0)
    parser.add_argument("--version-2-with-negative", action="store_true")
    parser.add_argument("--null-score-diff-threshold", type=float, default=0.0)
    parser.add_argument("--max-dev-questions", type=int, help="so many dev questions, evenly spaced")
    return parser.parse_args()


def train(args: argparse.Namespace, model, tokenizer) -> float:
    rows = features(tokenizer, read_questions(args.train), args.max_seq_length, args.doc_stride)
    arguments = TrainingArguments(
        output_dir=str(args.output_dir / "checkpoints"),
        seed=args.seed,
        use_cpu=True,
        optim="adamw_torch",
        learning_rate=args.learning_rate,
        adam_beta1=0.9,
        adam_beta2=0.999,
        adam_epsilon=args.adam_epsilon,
        weight_decay=args.weight_decay,
        max_grad_norm=args.max_grad_norm,
        lr_scheduler_type="linear",
        warmup_steps=args.warmup_ratio,  # below 1 transformers 5 reads a share of all steps
        num_train_epochs=args.num_train_epochs,
        per_device_train_batch_size=args.train_batch_size,
        save_steps=100,
        save_total_limit=1,
        report_to="none",
        disable_tqdm=True,
        logging_steps=25,
    )
    trainer = GroupedTrainer(
        model=model,
        args=arguments,
        train_dataset=[{name: row[name] for name in INPUTS + LABELS} for row in rows],
        processing_class=tokenizer,
        data_collator=DataCollatorWithPadding(tokenizer),
    )
    checkpoints = Path(arguments.output_dir)
    newest = get_last_checkpoint(checkpoints) if checkpoints.is_dir() else None
    return trainer.train(resume_from_checkpoint=newest).metrics["train_runtime"]


@torch.inference_mode()
def answer(args: argparse.Namespace, model, tokenizer, questions: list[dict]) -> list[dict]:
    """What the model says of each question; see `postprocess`."""
    model.eval()
    rows = features(tokenizer, questions, args.max_seq_length, args.doc_stride)
    order = sorted(range(len(rows)), key=lambda row: -len(rows[row]["input_ids"]))
    for at in range(0, len(order), args.eval_batch_size):
        batch = [rows[row] for row in order[at : at + args.eval_batch_size]]
        inputs = tokenizer.pad([{name: row[name] for name in INPUTS} for row in batch], return_tensors="pt")
        output = model(**inputs)
        for place, row in enumerate(batch):
            length = len(row["input_ids"])
            row["start_logits"] = output.start_logits[place, :length].numpy()
            row["end_logits"] = output.end_logits[place, :length].numpy()
    windows = [[] for _ in questions]
    for row in rows:
        windows[row["question"]].append(row)
    options = {
        "n_best_size": 20,
        "max_answer_length": 30,
        "version_2_with_negative": args.version_2_with_negative,
        "null_score_diff_threshold": args.null_score_diff_threshold,
    }
    return [postprocess(question["context"], rows, options) for question, rows in zip(questions, windows)]


def main() -> None:
    args = parse_args()
    args.output_dir.mkdir(parents=True, exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    set_seed(args.seed)  # the head is drawn while the model is loaded
    model = AutoModelForQuestionAnswering.from_pretrained(args.model, dtype=torch.float32)
    train_seconds = train(args, model, tokenizer) if args.train else None
    model.save_pretrained(args.output_dir)
    tokenizer.save_pretrained(args.output_dir)
    questions = read_questions(args.dev, args.max_dev_questions)
    started = time.perf_counter()
    answers = answer(args, model, tokenizer, questions)
    predictions = {question["id"]: found["prediction"] for question, found in zip(questions, answers)}
    results = {
        **scores(questions, predictions),
        "total": len(questions),
        "recipe": {name: str(value) if isinstance(value, Path) else value for name, value in vars(args).items()},
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "train_seconds": train_seconds,
        "eval_seconds": time.perf_counter() - started,
        "threads": torch.get_num_threads(),
    }
    for name, content in (("predictions.json", predictions), ("results.json", results)):
        (args.output_dir / name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
