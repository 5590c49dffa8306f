"""Fine-tuning with the transformers Trainer and this project's recipe, over several seeds: shared by the reference runs.

AdamW with bias correction, no decay on biases and LayerNorm, linear warm-up and decay, batches grouped by length and
padded to their longest, the best epoch kept, f32. Prints a line a seed and a table, and rewrites OUT/results.json after
every seed.
"""

import argparse
import json
import shutil
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import transformers
from transformers import (
    AutoModelForSequenceClassification,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
    set_seed,
)

from grouped_batches import GroupedTrainer


@dataclass
class Task:
    """What is learned: encoded texts with `labels`, of texts or of tokens, and how they are scored."""

    description: str
    train: list[dict]
    dev: list[dict]
    model: dict  # what the model's configuration says of the labels
    scores: Callable  # of the logits and the labels of a split
    metrics: tuple[str, ...]
    metric_for_best_model: str
    greater_is_better: bool = True
    test: list[dict] | None = None  # scored once, with the best model
    model_class: type = AutoModelForSequenceClassification
    collator: type = DataCollatorWithPadding

    @property
    def figures(self) -> tuple[str, ...]:
        of_test = [f"test_{name}" for name in self.metrics if self.test is not None]
        return (*self.metrics, *of_test, "loss", "seconds")


def add_recipe_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, help="Hugging Face model folder")
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


def training_arguments(args: argparse.Namespace, task: Task, seed: int, checkpoints: Path) -> TrainingArguments:
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
        metric_for_best_model=task.metric_for_best_model,
        greater_is_better=task.greater_is_better,
        report_to="none",
        disable_tqdm=True,
        logging_steps=25,
        train_sampling_strategy="group_by_length" if args.padding == "group_by_length" else "random",
    )


def run_seed(args: argparse.Namespace, task: Task, tokenizer, seed: int) -> dict:
    checkpoints = args.output_dir / f"seed-{seed}"
    set_seed(seed)  # the classifier is drawn while the model is loaded
    model = task.model_class.from_pretrained(args.model, dtype=torch.float32, **task.model)
    padding = {"padding": "max_length", "max_length": args.max_seq_length} if args.padding == "max" else {}
    trainer_class = GroupedTrainer if args.padding == "grouped" else Trainer
    trainer = trainer_class(
        model=model,
        args=training_arguments(args, task, seed, checkpoints),
        train_dataset=task.train,
        eval_dataset=task.dev,
        processing_class=tokenizer,
        data_collator=task.collator(tokenizer, **padding),
        compute_metrics=lambda prediction: task.scores(prediction.predictions, prediction.label_ids),
    )
    outcome = trainer.train()
    scores = (*task.metrics, "loss")
    epochs = [
        {"epoch": entry["epoch"], **{name: entry[f"eval_{name}"] for name in scores}}
        for entry in trainer.state.log_history
        if "eval_loss" in entry
    ]
    best = trainer.evaluate()
    tested = trainer.evaluate(task.test, metric_key_prefix="test") if task.test is not None else {}
    better = max if task.greater_is_better else min
    best_epoch = better(epochs, key=lambda epoch: epoch[task.metric_for_best_model])["epoch"]
    shutil.rmtree(checkpoints)
    return {
        "seed": seed,
        **{name: best[f"eval_{name}"] for name in scores},
        **{name: tested[name] for name in task.figures if name.startswith("test_")},
        "best_epoch": best_epoch,
        "seconds": outcome.metrics["train_runtime"],
        "steps": outcome.global_step,
        "epochs": epochs,
    }


def summary(task: Task, runs: list[dict]) -> dict[str, dict[str, float]]:
    """Mean and sample standard deviation over the seeds."""
    columns = {name: [run[name] for run in runs] for name in task.figures}
    return {
        name: {"mean": statistics.fmean(values), "sd": statistics.stdev(values) if len(values) > 1 else 0.0}
        for name, values in columns.items()
    }


def write_results(args: argparse.Namespace, task: Task, runs: list[dict]) -> None:
    results = {
        "task": task.description,
        "model": args.model.resolve().name,
        "recipe": {name: value for name, value in vars(args).items() if not isinstance(value, Path)},
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "device": "cpu",
        "precision": "f32",
        "threads": torch.get_num_threads(),
        "summary": summary(task, runs),
        "runs": runs,
    }
    partial = args.output_dir / "results.json.partial"
    partial.write_text(json.dumps(results, indent=2) + "\n")
    partial.replace(args.output_dir / "results.json")


def run_seeds(args: argparse.Namespace, task: Task, tokenizer) -> None:
    args.output_dir.mkdir(parents=True, exist_ok=True)
    runs = []
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        run = run_seed(args, task, tokenizer, seed)
        runs.append(run)
        write_results(args, task, runs)
        print(f"seed {seed}: " + "  ".join(f"{name} {run[name]:.4f}" for name in task.figures), flush=True)
    widths = {name: max(len(name) + 2, 12) for name in task.figures}
    print(f"\n{'':8}{'epoch':>7}" + "".join(f"{name:>{width}}" for name, width in widths.items()))
    for run in runs:
        figures = "".join(f"{run[name]:{width}.4f}" for name, width in widths.items())
        print(f"{run['seed']:<8}{run['best_epoch']:7g}{figures}")
    for statistic in ("mean", "sd"):
        figures = "".join(f"{summary(task, runs)[name][statistic]:{width}.4f}" for name, width in widths.items())
        print(f"{statistic:<15}{figures}")
