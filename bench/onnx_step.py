"""The same inference pass as `bert-bench`, in ONNX Runtime: prints seconds, loss, peak memory.

    python3 bench/onnx_step.py export --model DIR --out DIR
    python3 bench/onnx_step.py run --file DIR/fused.onnx --batch 1 --seq 8

`export` writes what people run: `f32.onnx` as torch exports it, `fused.onnx` with ONNX Runtime's own
operations for BERT, and `int8.onnx`, which is that with its products quantized. Needs torch,
transformers, onnx and onnxruntime.
"""

import argparse
import json
import resource
import time
from pathlib import Path

import numpy as np


def export(args):
    import onnx
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer
    from transformers import BertForSequenceClassification

    model = BertForSequenceClassification.from_pretrained(args.model, attn_implementation="eager").eval()
    args.out.mkdir(parents=True, exist_ok=True)
    plain, fused, int8 = (str(args.out / f"{name}.onnx") for name in ("f32", "fused", "int8"))
    names = ["input_ids", "attention_mask", "token_type_ids"]
    ids = torch.ones(2, 16, dtype=torch.long)
    axes = {name: {0: "batch", 1: "seq"} for name in names} | {"logits": {0: "batch"}}
    torch.onnx.export(
        model, (ids, ids, ids), plain, input_names=names, output_names=["logits"],
        dynamic_axes=axes, opset_version=14, dynamo=False,
    )
    config = model.config
    found = optimizer.optimize_model(
        plain, "bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size, opt_level=1
    )
    print(found.get_fused_operator_statistics())
    found.save_model_to_file(fused)
    # Shapes and types are not inferred through ONNX Runtime's own operations.
    floats = {"DefaultTensorType": onnx.TensorProto.FLOAT}
    quantize_dynamic(fused, int8, weight_type=QuantType.QInt8, extra_options=floats)


def batch(size, seq):
    at = np.arange(size * seq)
    return {
        "input_ids": (at * 7919 % 30521 + 1).reshape(size, seq),
        "token_type_ids": (at % seq >= seq // 2).astype(np.int64).reshape(size, seq),
        "attention_mask": np.ones((size, seq), dtype=np.int64),
    }


def run(args):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    session = onnxruntime.InferenceSession(args.file, options, providers=["CPUExecutionProvider"])
    inputs = batch(args.batch, args.seq)
    seconds = []
    for _ in range(args.repeat + 2):
        started = time.perf_counter()
        (logits,) = session.run(["logits"], inputs)
        seconds.append(time.perf_counter() - started)
    labels = np.arange(args.batch) % 2
    logits = logits.astype(np.float64)
    loss = np.mean(np.log(np.exp(logits).sum(1)) - logits[np.arange(args.batch), labels])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds[2:], "loss": float(loss), "peak_mb": peak}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    exporting = commands.add_parser("export")
    exporting.add_argument("--model", type=Path, required=True)
    exporting.add_argument("--out", type=Path, required=True)
    exporting.set_defaults(run=export)
    running = commands.add_parser("run")
    running.add_argument("--file", required=True)
    running.add_argument("--batch", type=int, default=1)
    running.add_argument("--seq", type=int, default=8)
    running.add_argument("--repeat", type=int, default=5)
    running.add_argument("--threads", type=int, default=2)
    running.set_defaults(run=run)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
