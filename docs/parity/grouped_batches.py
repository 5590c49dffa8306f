"""This project's order of batches, for the Trainer of transformers."""

import torch
from transformers import Trainer


class GroupedBatches(torch.utils.data.Sampler):
    """Batches of similar length in random order, as `bert-data/src/batch/plan.rs` has them.

    The Trainer's own group_by_length goes from long to short in every mega-batch instead; docs/parity.md has what that
    costs on MRPC.
    """

    def __init__(self, lengths: list[int], batch_size: int, seed: int):
        self.lengths, self.batch_size, self.generator = lengths, batch_size, torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self):
        count, size = len(self.lengths), self.batch_size
        order = torch.randperm(count, generator=self.generator).tolist()
        mega = max(min(count // (size * 4), 50), 1) * size
        order = [i for at in range(0, count, mega) for i in sorted(order[at : at + mega], key=lambda i: -self.lengths[i])]
        batches = [order[at : at + size] for at in range(0, count, size)]
        full = count // size
        shuffled = torch.randperm(full, generator=self.generator).tolist()
        return iter([i for batch in [batches[j] for j in shuffled] + batches[full:] for i in batch])


class GroupedTrainer(Trainer):
    def _get_train_sampler(self, train_dataset=None):
        lengths = [len(features["input_ids"]) for features in self.train_dataset]
        return GroupedBatches(lengths, self.args.train_batch_size, self.args.seed)
