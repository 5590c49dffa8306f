"""Reference run: fine-tunes a model folder on MRPC with the transformers Trainer.

Same recipe as `cargo run --release --example mrpc`: AdamW with bias correction, no decay on biases and LayerNorm,
linear warm-up and decay, batches grouped by length and padded to their longest, the best epoch by dev F1 kept, f32.

    pip install -r docs/parity/requirements.txt
    python docs/parity/transformers_mrpc.py --model MODEL_FOLDER --data MRPC_FOLDER --output-dir OUT --seeds 5

MRPC_FOLDER holds GLUE's train.tsv and dev.tsv. Prints a line a seed and a table, and rewrites OUT/results.json after
every seed.
"""

import argparse
import json
import shutil
import statistics
from pathlib import Path

import numpy as np
import torch
import transformers
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
    set_seed,
)

from grouped_batches import GroupedTrainer
from mrpc_data import accuracy_and_f1, encode_split, read_split

FIGURES = ("accuracy", "f1", "loss", "seconds")


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="Hugging Face model folder")
    parser.add_argument("--data", type=Path, required=True, help="folder with train.tsv and dev.tsv")
    parser.add_argument("--output-dir", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds, counted from --first-seed")
    parser.add_argument("--first-seed", type=int, default=42)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--num-train-epochs", type=float, default=3)
    parser.add_argument("--train-batch-size", type=int, default=32)
    parser.add_argument("--eval-batch-size", type=int, default=32)
    parser.add_argument("--max-seq-length", type=int, default=128)
    parser.add_argument("--warmup-ratio", type=float, default=0.1)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--adam-epsilon", type=float, default=1e-6)
    parser.add_argument("--max-grad-norm", type=float, default=1.0)
    parser.add_argument("--padding", default="grouped", choices=("grouped", "group_by_length", "max"),
                        help="grouped: this project's batches; group_by_length: the Trainer's own; max: all to the maximum length")
    parser.add_argument("--max-steps", type=int, default=-1, help="stop after so many steps (to try the script)")
    return parser.parse_args()


def training_arguments(args: argparse.Namespace, seed: int, checkpoints: Path) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(checkpoints),
        seed=seed,
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
        max_steps=args.max_steps,
        per_device_train_batch_size=args.train_batch_size,
        per_device_eval_batch_size=args.eval_batch_size,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=1,
        save_only_model=True,
        load_best_model_at_end=True,
        metric_for_best_model="f1",
        greater_is_better=True,
        report_to="none",
        disable_tqdm=True,
        logging_steps=25,
        train_sampling_strategy="group_by_length" if args.padding == "group_by_length" else "random",
    )


def scores(prediction) -> dict[str, float]:
    return accuracy_and_f1(np.argmax(prediction.predictions, axis=-1), prediction.label_ids)


def run_seed(args: argparse.Namespace, seed: int, tokenizer, train: list[dict], dev: list[dict]) -> dict:
    checkpoints = args.output_dir / f"seed-{seed}"
    set_seed(seed)  # the classifier is drawn while the model is loaded
    model = AutoModelForSequenceClassification.from_pretrained(args.model, num_labels=2, dtype=torch.float32)
    padding = {"padding": "max_length", "max_length": args.max_seq_length} if args.padding == "max" else {}
    trainer_class = GroupedTrainer if args.padding == "grouped" else Trainer
    trainer = trainer_class(
        model=model,
        args=training_arguments(args, seed, checkpoints),
        train_dataset=train,
        eval_dataset=dev,
        processing_class=tokenizer,
        data_collator=DataCollatorWithPadding(tokenizer, **padding),
        compute_metrics=scores,
    )
    outcome = trainer.train()
    epochs = [
        {"epoch": entry["epoch"], **{name: entry[f"eval_{name}"] for name in ("accuracy", "f1", "loss")}}
        for entry in trainer.state.log_history
        if "eval_f1" in entry
    ]
    best = trainer.evaluate()
    shutil.rmtree(checkpoints)
    return {
        "seed": seed,
        "accuracy": best["eval_accuracy"],
        "f1": best["eval_f1"],
        "loss": best["eval_loss"],
        "seconds": outcome.metrics["train_runtime"],
        "steps": outcome.global_step,
        "epochs": epochs,
    }


def summary(runs: list[dict]) -> dict[str, dict[str, float]]:
    """Mean and sample standard deviation over the seeds."""
    columns = {name: [run[name] for run in runs] for name in FIGURES}
    return {
        name: {"mean": statistics.fmean(values), "sd": statistics.stdev(values) if len(values) > 1 else 0.0}
        for name, values in columns.items()
    }


def write_results(args: argparse.Namespace, runs: list[dict]) -> None:
    recipe = {name: value for name, value in vars(args).items() if not isinstance(value, Path)}
    results = {
        "task": "MRPC, scored on dev (408 pairs)",
        "model": args.model.resolve().name,
        "recipe": recipe,
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "device": "cpu",
        "precision": "f32",
        "threads": torch.get_num_threads(),
        "summary": summary(runs),
        "runs": runs,
    }
    partial = args.output_dir / "results.json.partial"
    partial.write_text(json.dumps(results, indent=2) + "\n")
    partial.replace(args.output_dir / "results.json")


def main() -> None:
    args = parse_args()
    args.output_dir.mkdir(parents=True, exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    train, dev = (encode_split(tokenizer, read_split(args.data, split), args.max_seq_length) for split in ("train", "dev"))
    runs = []
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        run = run_seed(args, seed, tokenizer, train, dev)
        runs.append(run)
        write_results(args, runs)
        print(f"seed {seed}: " + "  ".join(f"{name} {run[name]:.4f}" for name in FIGURES), flush=True)
    print(f"\n{'':8}" + "".join(f"{name:>12}" for name in FIGURES))
    for run in runs:
        print(f"{run['seed']:<8}" + "".join(f"{run[name]:12.4f}" for name in FIGURES))
    for statistic in ("mean", "sd"):
        print(f"{statistic:<8}" + "".join(f"{summary(runs)[name][statistic]:12.4f}" for name in FIGURES))


if __name__ == "__main__":
    main()
