"""Opens a TensorFlow checkpoint that we wrote with TensorFlow and compares every value with the safetensors file of the
same model.

    pip install tensorflow-cpu==2.21.0 safetensors==0.8.0
    cargo run --release --example convert -- --from MODEL --to OUT --format tensorflow
    python docs/parity/check_tensorflow.py --model MODEL --checkpoint OUT/bert_model.ckpt

Exits with 1 if a variable is missing, left over or of another shape, or if a value differs in any bit.
"""

import argparse
import os
import re
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from safetensors.numpy import load_file

# Parameters of heads that google-research/bert has other names for; their matrices are [out, in] in both.
HEADS = {
    "cls.predictions.bias": "cls/predictions/output_bias",
    "cls.seq_relationship.weight": "cls/seq_relationship/output_weights",
    "cls.seq_relationship.bias": "cls/seq_relationship/output_bias",
    "classifier.weight": "output_weights",
    "classifier.bias": "output_bias",
    "qa_outputs.weight": "cls/squad/output_weights",
    "qa_outputs.bias": "cls/squad/output_bias",
}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="the folder with model.safetensors")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the prefix, such as OUT/bert_model.ckpt")
    return parser.parse_args()


def as_tensorflow(name: str, value: np.ndarray) -> tuple[str, np.ndarray]:
    """The variable that google-research/bert has for a parameter of transformers."""
    if name in HEADS:
        return HEADS[name], value
    if not name.startswith(("bert.", "cls.")):
        name = f"bert.{name}"
    path = re.sub(r"\blayer\.(\d+)", r"layer_\1", name).replace(".", "/")
    path = path.replace("LayerNorm/weight", "LayerNorm/gamma").replace("LayerNorm/bias", "LayerNorm/beta")
    path = re.sub(r"_embeddings/weight$", "_embeddings", path)
    if path.endswith("/weight"):
        return path.removesuffix("weight") + "kernel", value.T
    return path, value


def main() -> None:
    args = parse_args()
    stored = load_file(args.model / "model.safetensors")
    stored = {name: value for name, value in stored.items() if np.issubdtype(value.dtype, np.floating)}
    expected = dict(as_tensorflow(name, value) for name, value in stored.items())
    reader = tf.train.load_checkpoint(str(args.checkpoint))
    found = reader.get_variable_to_shape_map()

    faults = [f"missing: {name}" for name in sorted(expected.keys() - found.keys())]
    faults += [f"left over: {name}" for name in sorted(found.keys() - expected.keys())]
    elements = 0
    for name in sorted(expected.keys() & found.keys()):
        ours, theirs = reader.get_tensor(name), np.ascontiguousarray(expected[name].astype(np.float32))
        elements += ours.size
        if ours.shape != theirs.shape:
            faults.append(f"shape: {name} is {ours.shape}, expected {theirs.shape}")
        elif ours.tobytes() != theirs.tobytes():
            faults.append(f"values: {name} differs by up to {np.abs(ours - theirs).max()}")
    newest = tf.train.latest_checkpoint(str(args.checkpoint.parent))
    if newest != str(args.checkpoint):
        faults.append(f"the file `checkpoint` names {newest}")

    print(f"TensorFlow {tf.__version__} reads {len(found)} variables, {elements} values; {len(faults)} faults")
    for fault in faults:
        print(f"  {fault}")
    if faults or not found:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
