#!/usr/bin/env bash
# Fuzzes every target for so many seconds each, or those that are named:
#
#   fuzz/run.sh 600
#   fuzz/run.sh 60 squad_json glue_tsv
#
# Needs a nightly toolchain and cargo-fuzz (`cargo install cargo-fuzz`). What is found lies in
# fuzz/artifacts/TARGET; put it into fuzz/seeds/TARGET once it is mended.
set -euo pipefail
cd "$(dirname "$0")"

seconds="${1:?how many seconds for each target}"
shift
if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
  echo "no nightly toolchain with cargo-fuzz here; cargo test replays the seeds without" >&2
  exit 1
fi
if [ "$#" -eq 0 ]; then
  mapfile -t targets < <(cargo +nightly fuzz list)
  set -- "${targets[@]}"
fi
for target in "$@"; do
  echo "=== $target"
  mkdir -p "corpus/$target"
  # A file of 64 KiB justifies no more than 64 MiB at once.
  cargo +nightly fuzz run "$target" "corpus/$target" "seeds/$target" -- \
    -max_total_time="$seconds" -max_len=65536 -malloc_limit_mb=64 -rss_limit_mb=2048 -timeout=10 \
    -print_final_stats=1
done
