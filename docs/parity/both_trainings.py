"""One training by the program and one by the transformers Trainer, and how far their epochs are apart."""

import json
import subprocess
import sys
from pathlib import Path

EPOCHS = 10


def epochs_of_both(
    bert: Path, task: str, reference: str, options: dict, work: Path, ours: list[str] = (), theirs: list[str] = ()
) -> tuple[list[dict], list[dict]]:
    """The scores of every epoch: the program's, those of the script `reference`; `options` are flags of both."""
    flags = [str(part) for name, value in options.items() for part in (f"--{name}", value)]
    flags += ["--num-train-epochs", str(EPOCHS), "--seeds", "1"]
    commands = {
        "ours": [bert, "train", "--task", task, *flags, *ours, "--dashboard", "none"],
        "reference": [sys.executable, Path(__file__).with_name(reference), *flags, *theirs],
    }
    for name, command in commands.items():
        done = subprocess.run([*command, "--output-dir", work / name], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{done.stdout}{done.stderr}{command[0]} failed")
    our_epochs = json.loads((work / "ours/eval_results.json").read_text("utf-8"))["evaluations"]
    their_epochs = json.loads((work / "reference/results.json").read_text("utf-8"))["runs"][0]["epochs"]
    if not len(our_epochs) == len(their_epochs) == EPOCHS:
        raise SystemExit(f"{task}: {len(our_epochs)} and {len(their_epochs)} epochs instead of {EPOCHS}")
    return [epoch["scores"] for epoch in our_epochs], their_epochs


def are_close(what: str, ours: list[dict], theirs: list[dict], names: tuple[str, ...], tolerance: float) -> bool:
    """Whether no value of an epoch differs by more than `tolerance`, relative to values above 1; says by how much."""
    differences = {
        name: [abs(our[name] - their[name]) / max(1, abs(their[name])) for our, their in zip(ours, theirs)]
        for name in names
    }
    print(f"{what}: {EPOCHS} epochs, loss {theirs[0]['loss']:.4f} to {theirs[-1]['loss']:.4f}; largest differences "
          + ", ".join(f"{name} {max(values):.1e}" for name, values in differences.items()))
    return all(value <= tolerance for values in differences.values() for value in values)
