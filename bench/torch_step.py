"""The same step as `bert-bench`, in PyTorch and transformers: prints seconds, loss, peak memory."""

import argparse
import json
import resource
import time

import torch
from transformers import BertForSequenceClassification
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()


def batch(config, size, seq):
    at = torch.arange(size * seq)
    return {
        "input_ids": (at * 7919 % (config.vocab_size - 1) + 1).view(size, seq),
        "token_type_ids": (at % seq >= seq // 2).long().view(size, seq),
        "attention_mask": torch.ones(size, seq, dtype=torch.long),
        "labels": torch.arange(size) % 2,
    }


def optimizer_of(model):
    decay = [p for p in model.parameters() if p.dim() > 1]
    rest = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": decay, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=2e-5, eps=1e-6)


def train(model, inputs, repeat):
    model.train()
    optimizer = optimizer_of(model)
    seconds, first = [], None
    for _ in range(repeat + 2):
        started = time.perf_counter()
        loss = model(**inputs).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        seconds.append(time.perf_counter() - started)
        first = first or loss.item()
    return seconds[2:], first


def infer(model, inputs, repeat):
    model.eval()
    seconds = []
    with torch.inference_mode():
        for _ in range(repeat + 2):
            started = time.perf_counter()
            loss = model(**inputs).loss.item()
            seconds.append(time.perf_counter() - started)
    return seconds[2:], loss


def products(config, size, seq, repeat):
    """The matrix products of a training step and nothing else."""
    rows, hidden, wide = size * seq, config.hidden_size, config.intermediate_size
    layers, heads = config.num_hidden_layers, config.num_attention_heads
    pairs = [(hidden, hidden)] * 4 + [(hidden, wide), (wide, hidden)]
    head = torch.rand(size * heads, seq, hidden // heads)
    square = torch.rand(size * heads, seq, seq)
    weights = [(torch.rand(rows, i), torch.rand(i, o), torch.rand(rows, o)) for i, o in pairs]
    seconds = []
    for _ in range(repeat + 1):
        started = time.perf_counter()
        for _ in range(layers):
            for x, w, dy in weights:
                torch.mm(x, w), torch.mm(dy, w.T), torch.mm(x.T, dy)
            for _ in range(3):
                torch.bmm(head, head.transpose(1, 2))
            for _ in range(2):
                torch.bmm(square, head), torch.bmm(square.transpose(1, 2), head)
        seconds.append(time.perf_counter() - started)
    return seconds[1:]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["train", "inference", "products"])
    parser.add_argument("--model", required=True)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seq", type=int, default=128)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--shape", help="ignored: the model folder says it")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    model = BertForSequenceClassification.from_pretrained(args.model)
    if args.what == "products":
        with torch.inference_mode():
            found = products(model.config, args.batch, args.seq, args.repeat)
        print(json.dumps({"seconds": found}))
        return
    inputs = batch(model.config, args.batch, args.seq)
    run = train if args.what == "train" else infer
    seconds, loss = run(model, inputs, args.repeat)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "loss": loss, "peak_mb": peak}))


if __name__ == "__main__":
    main()
