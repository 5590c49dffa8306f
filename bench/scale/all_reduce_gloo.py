"""Sums of f32 over all ranks by torch's gloo: a line `bytes seconds` for each size, the median of many."""

import statistics
import sys
import time

import torch
import torch.distributed as ranks

torch.set_num_threads(1)
ranks.init_process_group("gloo")
for size in map(int, sys.argv[1:]):
    values, seconds = torch.zeros(size // 4), []
    for _ in range(21):
        ranks.barrier()
        begun = time.perf_counter()
        ranks.all_reduce(values)
        seconds.append(time.perf_counter() - begun)
    if ranks.get_rank() == 0:
        print(size, f"{statistics.median(seconds):.9f}", flush=True)
ranks.destroy_process_group()
