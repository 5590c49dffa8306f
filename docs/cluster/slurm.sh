#!/bin/bash
# Four processes on two machines, by Slurm: `sbatch docs/cluster/slurm.sh`.
# `bert` is built with `cargo build --release -p bert-cli --features mpi` against the cluster's MPI.
#SBATCH --job-name=bert
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=2
#SBATCH --cpus-per-task=16
#SBATCH --time=04:00:00
# Asks for an end ten minutes before there is one: the run saves, and goes on with the next job.
#SBATCH --signal=TERM@600
#SBATCH --requeue

# One process to a task, each on cores of its own. `srun --mpi=list` tells which PMI there is:
# pmi2 for MPICH, pmix for Open MPI.
exec srun --mpi=pmi2 --cpu-bind=cores bert train --task mrpc \
  --model google-bert/bert-base-uncased --dataset nyu-mll/glue:mrpc \
  --train-batch-size 8 --save-steps 100 --output-dir out --resume
