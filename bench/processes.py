#!/usr/bin/env python3
"""What slices of gradients cost in one process, and what a second process gains: a training whose batch grows with the processes, beside what
two trainings at once that know nothing of each other leave of the speed of one; and a study over them.

    bench/processes.py --program build/gradus --data $GRADUS_DATA/mnist [--rounds 5]

Every figure is a ratio of runs that took turns; printed are the median and the range of the rounds, which take three minutes each. Wants mpirun and two free cores."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROWS = 256  # for each process
NETWORK = ["--hidden", "1024,1024", "--threads", "1", "--validation", "0", "--test", "0", "--patience", "0", "--epochs", "2"]
STEPS = 100  # of an epoch, whatever the batch: twice the rows for two processes
STUDY = """
title = "scaling"
replicates = 400
[base]
data = "digits"
hidden = [64]
epochs = 400
patience = 0
[vary]
learning_rate = [0.001, 0.003]
"""


def mpirun(processes):
    root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
    return ["mpirun", *root, "--bind-to", "core", "-n", str(processes)]


def run(command, folder):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}")
    return done.stdout


def seconds_per_row(options, folder, processes, slices, batch, front=()):
    words = [options.program, "train", str(options.data), *NETWORK, "--json", "--train-count", str(STEPS * batch), "--batch-size", str(batch),
             "--gradient-slices", str(slices)]
    front = mpirun(processes) if processes > 1 else front
    end = json.loads(run([*front, *words], folder).splitlines()[-1])
    return end["seconds"] / (end["steps"] * batch)


def beside_another(options, folder):
    """Seconds per row of two trainings at once, one on each core: the mean."""
    def one(core):
        place = folder / f"core{core}"
        place.mkdir(exist_ok=True)
        return seconds_per_row(options, place, 1, 1, ROWS, ["taskset", "-c", str(core)])

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return statistics.mean(pool.map(one, sorted(os.sched_getaffinity(0))[:2]))


def study_seconds(options, folder, processes, runs):
    begin = time.monotonic()
    words = [options.program, "study", "scaling.toml", "--runs", runs, "--quiet"]
    run([*mpirun(processes), *words] if processes > 1 else [*words, "--workers", "1"], folder)
    return time.monotonic() - begin


def tell(what, ratios):
    print(f"{what:60} {statistics.median(ratios):6.3f}  ({min(ratios):.3f} to {max(ratios):.3f})", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/gradus", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--data", type=lambda path: pathlib.Path(path).resolve(), required=True)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "scaling.toml").write_text(STUDY)
        for slices in (2, 4, 8, 16):
            ratios = [seconds_per_row(options, folder, 1, slices, ROWS) / seconds_per_row(options, folder, 1, 1, ROWS)
                      for _ in range(options.rounds)]
            tell(f"time of a step of {ROWS} rows in {slices} slices, to a plain one", ratios)
        ratios = [seconds_per_row(options, folder, 1, 1, ROWS) / beside_another(options, folder) for _ in range(options.rounds)]
        tell("a plain step alone, to one beside another on the other core", ratios)
        ratios = [seconds_per_row(options, folder, 1, 1, ROWS) / seconds_per_row(options, folder, 2, 2, 2 * ROWS) / 2
                  for _ in range(options.rounds)]
        tell(f"efficiency of two processes of {ROWS} rows each, to a plain step", ratios)
        ratios = [study_seconds(options, folder, 1, f"one{i}") / study_seconds(options, folder, 2, f"two{i}") for i in range(options.rounds)]
        tell("a study of 800 runs, two processes to one", ratios)


main()
