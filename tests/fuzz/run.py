#!/usr/bin/env python3
"""Fuzzes every target for a while and prints what came of it.

    run.py --build build-sanitizers [--seconds 60 | --total 600 | --runs 10000000] [--jobs 2] [TARGET ...]

The seconds and the runs, executions, are of each target; runs go on from where an earlier call was stopped (BUILD/fuzz-runs/TARGET). What libFuzzer finds worth keeping stays in BUILD/fuzz-found/TARGET and is the start of the next
run; an input that fails is left in BUILD/fuzz-failures, with the command that shows it again. Exit status 1 where there is one."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parent
# Longest inputs. Of what unpacks a thousandfold, and of what costs a file or a connection, short ones; metadata as twice the longest
# text of a sound model.
LENGTHS = {"csv": 1_000, "csv_stream": 1_000, "gzip": 2_000, "idx": 2_000, "npz": 4_000, "model_npz": 8_000, "zip": 4_000, "store": 65_536,
           "metadata": 1_000, "expression": 450, "claim": 500, "field": 300, "http": 2_000}
DICTIONARIES = {"metadata": "json", "serve": "json", "lab": "json", "safetensors": "json", "model": "json", "config": "toml",
                "study": "toml", "csv_stream": "csv", "npz": "npy", "model_npz": "npy", "gzip": "zip", "idx": "zip"}
# Most megabytes in one piece, 17 unless told: a grid of a few lines is up to 100,000 contenders.
PIECES = {"study": 600}
ROUND = 250_000  # executions


def all_targets(build):
    return sorted(path.name.removesuffix("_fuzz") for path in (build / "tests/fuzz").glob("*_fuzz"))


def in_memory():
    """Readers that take a path get a file for each input: on a disk that would be most of the time."""
    shared = pathlib.Path("/dev/shm")
    return {"TMPDIR": str(shared)} if os.access(shared, os.W_OK) else {}


class Result:
    """Of the rounds of one target."""

    def __init__(self):
        self.executions = self.seconds = self.edges = self.peak = 0
        self.failure = ""

    def add(self, log):
        number = lambda pattern: int((re.findall(pattern, log) or ["0"])[-1])
        self.executions += number(r"number_of_executed_units:\s*(\d+)")
        self.edges = max(self.edges, number(r"\bcov: (\d+)"))
        self.peak = max(self.peak, number(r"peak_rss_mb:\s*(\d+)"))


def fuzz(build, target, limit, result):
    found, failures = build / "fuzz-found" / target, build / "fuzz-failures"
    for folder in (found, failures):
        folder.mkdir(parents=True, exist_ok=True)
    program = build / "tests/fuzz" / f"{target}_fuzz"
    command = [program, limit, "-timeout=10", "-rss_limit_mb=1500", f"-malloc_limit_mb={PIECES.get(target, 17)}", "-print_final_stats=1",
               f"-max_len={LENGTHS.get(target, 4096)}", f"-artifact_prefix={failures}/{target}-"]
    dictionary = SOURCE / "dictionaries" / f"{DICTIONARIES.get(target, target)}.dict"
    if dictionary.exists():
        command.append(f"-dict={dictionary}")
    seeds = build / "tests/fuzz/corpus" / target
    begin = time.monotonic()
    ended = subprocess.run([*command, found, seeds], capture_output=True, text=True, errors="replace", env={**in_memory(), **os.environ})
    result.seconds += time.monotonic() - begin
    (build / f"fuzz-{target}.log").write_text(ended.stderr)
    result.add(ended.stderr)
    if ended.returncode != 0:
        artifact = (re.findall(r"Test unit written to (\S+)", ended.stderr) or ["?"])[-1]
        what = next((line for line in ended.stderr.splitlines() if re.search(r"ERROR|SUMMARY|runtime error|terminate|what\(\)", line)), "")
        result.failure = f"{what.strip()}\n    {program} {artifact}"


def fuzz_for(build, target, seconds):
    result = Result()
    fuzz(build, target, f"-max_total_time={seconds}", result)
    return target, result


def fuzz_runs(build, target, runs):
    """In rounds, whose number a file keeps: little is lost where one is stopped."""
    tally = build / "fuzz-runs" / target
    tally.parent.mkdir(exist_ok=True)
    result = Result()
    if tally.exists():
        result.executions, result.seconds, result.edges, result.peak = json.loads(tally.read_text())
    while result.executions < runs and not result.failure:
        fuzz(build, target, f"-runs={min(ROUND, runs - result.executions)}", result)
        if not result.failure:
            tally.write_text(json.dumps([result.executions, result.seconds, result.edges, result.peak]))
    return target, result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="folder of the preset debug-sanitizers")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--total", type=int, help="for all of them together")
    parser.add_argument("--runs", type=int, help="of each target, however long they take")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all when none is named")
    options = parser.parse_args()
    build = options.build.resolve()
    known = all_targets(build)
    unknown = set(options.targets) - set(known)
    if unknown or not known:
        parser.error(f"no target {', '.join(sorted(unknown)) or 'is built'}; there are: {' '.join(known)}")
    targets = options.targets or known
    seconds = options.seconds
    if options.total:
        seconds = max(1, options.total * options.jobs // len(targets))
    work, limit = (fuzz_runs, options.runs) if options.runs else (fuzz_for, seconds)
    print(f"{'target':<12} {'executions':>12} {'per second':>10} {'edges':>6} {'peak MB':>8}", flush=True)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for run in concurrent.futures.as_completed([pool.submit(work, build, target, limit) for target in targets]):
            target, result = run.result()
            rate = result.executions / max(result.seconds, 1)
            print(f"{target:<12} {result.executions:>12,} {rate:>10,.0f} {result.edges:>6,} {result.peak:>8,}", flush=True)
            if result.failure:
                failed += 1
                print(f"  FAILED: {result.failure}", flush=True)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
