#!/usr/bin/env bash
# Makes bert-nano: bash examples/data/bert-nano/train.sh TEXT OUT
#
# TEXT has a paragraph a line and a blank line between documents. OUT/bert-nano is the model. The
# same command goes on where it was stopped.
set -euo pipefail
text="$(realpath "$1")" out="$(realpath -m "$2")"
cd "$(dirname "$0")/../../.."
pretrain() {
  cargo run --release --example pretrain -- --text "$text" --cache-dir "$out/cache" --resume \
    --learning-rate 1e-3 --adam-beta2 0.98 --adam-epsilon 1e-8 --masked-lm-prob 0.25 --dropout 0 --save-steps 500 "$@"
}

# Short sequences first: attention finds what belongs together sooner among few tokens. With 128 from
# the beginning the loss is still that of single words where it falls here.
pretrain --output-dir "$out/32" --initializer-range 0.05 --num-train-epochs 3 \
  --max-seq-length 32 --max-predictions-per-seq 8 --train-batch-size 128 \
  --lr-scheduler-type constant --warmup-steps 500
pretrain --output-dir "$out/128" --model "$out/32" --num-train-epochs 3 \
  --max-seq-length 128 --max-predictions-per-seq 32 --train-batch-size 32 \
  --lr-scheduler-type constant --warmup-steps 100
# So that all 384 positions have been seen.
pretrain --output-dir "$out/384" --model "$out/128" --max-steps 300 \
  --max-seq-length 384 --max-predictions-per-seq 96 --train-batch-size 12 \
  --lr-scheduler-type constant --warmup-steps 100
# Each text three times with other pairs: those of the second line are known by heart by now.
pretrain --output-dir "$out/pairs" --model "$out/384" --num-train-epochs 1 --dupe-factor 3 \
  --max-seq-length 128 --max-predictions-per-seq 32 --train-batch-size 32 --warmup-steps 100 \
  --eval-steps 700
cargo run --release --example convert -- --from "$out/pairs" --to "$out/pairs-f16" --dtype f16 --overwrite-output-dir
# Nothing but copies, because to find the words of one segment in the other is hardly learned beside
# other things. Scored once, so that what goes on is the last step's model, not the best at those.
pretrain --output-dir "$out/copies" --model "$out/pairs-f16" --max-steps 3000 --copy-share 1 \
  --max-seq-length 64 --max-predictions-per-seq 16 --train-batch-size 64 \
  --lr-scheduler-type constant --warmup-steps 100 --eval-steps 3000
# What was forgotten comes back: sentences that follow each other, with copies among them.
pretrain --output-dir "$out/last" --model "$out/copies" --num-train-epochs 1 --dupe-factor 3 \
  --copy-share 0.3 --max-seq-length 128 --max-predictions-per-seq 32 --train-batch-size 32 \
  --warmup-steps 100 --eval-steps 700
cargo run --release --example convert -- --from "$out/last" --to "$out/bert-nano" --dtype f16 --overwrite-output-dir
