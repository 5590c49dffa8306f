#!/usr/bin/env python3
"""Runs bert-hub and huggingface_hub against one server that speaks the hub's protocol.

    python3 docs/parity/check_hub.py --server target/debug/examples/hub_server \
        --fetch target/debug/examples/fetch_model

- What bert-hub has fetched, huggingface_hub opens offline; scan_cache_dir finds no fault.
- What huggingface_hub has fetched, bert-hub opens offline.
- For the same files both make the same requests, with and without a cache.
- Each waits for the other's lock.
"""

import argparse
import contextlib
import fcntl
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

MODEL = "google-bert/bert-tiny"
OLD_NAME = "bert-tiny"
FILES = ["config.json", "vocab.txt", "tokenizer_config.json", "model.safetensors"]

# Asks for what bert-hub asks for, in its order; files that may be missing are.
DOWNLOAD = """
import sys
from huggingface_hub import hf_hub_download
from huggingface_hub.errors import EntryNotFoundError
model, revision, *names = sys.argv[1:]
for name in names:
    try:
        path = hf_hub_download(model, name, revision=revision or None)
    except EntryNotFoundError:
        continue
    revision = path.split("/snapshots/")[1].split("/")[0]
    print(path)
"""

SCAN = """
from huggingface_hub import scan_cache_dir
found = scan_cache_dir()
assert not found.warnings, found.warnings
for repo in sorted(found.repos, key=lambda repo: repo.repo_id):
    for revision in repo.revisions:
        print(repo.repo_type, repo.repo_id, revision.commit_hash, sorted(revision.refs), sorted(f.file_name for f in revision.files))
"""

ORDER = [
    "config.json", "tokenizer.json", "vocab.txt", "tokenizer_config.json", "special_tokens_map.json",
    "added_tokens.json", "README.md", "model.safetensors",
]


def make_repos(folder):
    model = folder / "models" / MODEL
    model.mkdir(parents=True)
    (model / "config.json").write_text('{"hidden_size": 24}')
    (model / "vocab.txt").write_text("[PAD]\n[UNK]\n")
    (model / "tokenizer_config.json").write_text("{}")
    (model / "model.safetensors").write_bytes(bytes(range(256)) * 4000)
    (model / "pytorch_model.bin").write_bytes(b"nobody asks for this")


def run(command, cache, endpoint, offline=False):
    environment = {
        **os.environ, "HF_HOME": str(cache), "HF_ENDPOINT": endpoint, "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1", "NO_PROXY": "127.0.0.1", "HF_HUB_OFFLINE": str(int(offline)),
        "HF_TOKEN": "hf_test",
    }
    for name in ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN_PATH"]:
        environment.pop(name, None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout.splitlines()


def take_requests(endpoint):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{endpoint}/_requests") as answer:
        requests = json.load(answer)
    return [
        (request["host"], request["method"], request["path"], request["range"], request["authorization"])
        for request in requests
    ]


def layout(cache):
    """Every file and link of a cache, but its locks and what marks it as a cache."""
    hub = cache / "hub"
    found = {}
    for path in sorted(hub.rglob("*")):
        name = path.relative_to(hub).as_posix()
        if path.is_symlink():
            found[name] = f"-> {os.readlink(path)}"
        elif path.is_file() and not name.startswith(".locks") and name != "CACHEDIR.TAG":
            found[name] = path.read_bytes()
    return found


@contextlib.contextmanager
def serve(program, folder):
    server = subprocess.Popen([program, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield server.stdout.readline().strip()
    finally:
        server.stdin.close()
        server.wait()


def check(fetch, endpoint, name, work):
    ours, theirs = work / "ours", work / "theirs"
    python = [sys.executable, "-c", DOWNLOAD, name, ""]
    take_requests(endpoint)
    folder, origin = run([fetch, name], ours, endpoint)
    commit = origin.split("@")[1]
    our_requests = take_requests(endpoint)
    run([*python, *ORDER], theirs, endpoint)
    their_requests = take_requests(endpoint)
    assert our_requests == their_requests, f"\n{our_requests}\n{their_requests}"
    for host, _, path, _, authorization in our_requests:
        assert (authorization is None) == (host == "storage"), path
    print(f"{name}: both made the same {len(our_requests)} requests")
    assert layout(ours) == layout(theirs), f"\n{layout(ours).keys()}\n{layout(theirs).keys()}"
    print(f"{name}: both caches have the same {len(layout(ours))} files and links")

    # The cache of each is the other's.
    for cache in [ours, theirs]:
        assert run([fetch, name], cache, endpoint, offline=True)[1] == origin
        paths = run([*python, *FILES], cache, endpoint, offline=True)
        assert [Path(path).name for path in paths] == FILES, paths
        (line,) = run([sys.executable, "-c", SCAN], cache, endpoint)
        assert line == f"model {name} {commit} ['main'] {sorted(FILES)}", line
        assert take_requests(endpoint) == []
    run([fetch, name], theirs, endpoint)
    our_requests = take_requests(endpoint)
    run([sys.executable, "-c", DOWNLOAD, name, "", *ORDER], ours, endpoint)
    # What is known to be missing is not asked for again; Python asks each time.
    known = [request for request in take_requests(endpoint) if "config.json" in request[2] and "tokenizer" not in request[2]]
    assert our_requests == known, f"\n{our_requests}\n{known}"
    print(f"{name}: each opens the other's cache, scan_cache_dir finds no fault")


def check_locks(fetch, endpoint, work):
    cache = work / "locked"
    run([fetch, MODEL], cache, endpoint)
    (weights,) = (cache / "hub").glob("*/snapshots/*/model.safetensors")
    blob = weights.resolve()
    weights.unlink()
    blob.unlink()
    (lock,) = (cache / "hub" / ".locks").glob(f"*/{blob.name}.lock")
    commands = [[fetch, MODEL], [sys.executable, "-c", DOWNLOAD, MODEL, "", "model.safetensors"]]
    for command in commands:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            environment = {**os.environ, "HF_HOME": str(cache), "HF_ENDPOINT": endpoint, "HF_HUB_DISABLE_XET": "1", "NO_PROXY": "127.0.0.1"}
            waiting = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
            time.sleep(3)
            assert waiting.poll() is None and not blob.exists(), command
        assert waiting.wait() == 0
        assert blob.exists() and weights.exists()
        weights.unlink()
        blob.unlink()
    print("both wait for one lock")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True, help="the program hub_server")
    parser.add_argument("--fetch", required=True, help="the program fetch_model")
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        make_repos(work / "repos")
        with serve(flags.server, work / "repos") as endpoint:
            check(flags.fetch, endpoint, MODEL, work / "new")
            check(flags.fetch, endpoint, OLD_NAME, work / "old")
            check_locks(flags.fetch, endpoint, work)


if __name__ == "__main__":
    main()
