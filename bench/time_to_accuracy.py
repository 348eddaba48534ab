#!/usr/bin/env python3
"""Time from the start of the process to its exit, reading included, and accuracy on MNIST's test images, over seeds.

    bench/time_to_accuracy.py [--seeds 20] [--data-dir DIR] [--program build/gradus]

Runs studies/speed/mnist-97.toml and mnist-98.toml in turn, so that a busy minute is shared by both.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
STUDIES = ["mnist-97", "mnist-98"]


def one_run(program, study, seed, data_dir, runs):
    command = [program, "train", "--config", ROOT / f"studies/speed/{study}.toml", "--seed", str(seed), "--runs", runs,
               "--json", "--quiet", *(["--data-dir", data_dir] if data_dir else [])]
    begin = time.perf_counter()
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=True)
    seconds = time.perf_counter() - begin
    end = json.loads(done.stdout.splitlines()[-1])
    return {"seconds": seconds, "training": end["seconds"], "accuracy": end["test"]["accuracy"], "steps": end["steps"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--data-dir")
    parser.add_argument("--program", default=str(ROOT / "build/gradus"))
    options = parser.parse_args()
    results = {study: [] for study in STUDIES}
    with tempfile.TemporaryDirectory() as runs:
        for seed in range(options.seeds):
            for study in STUDIES:
                results[study].append(one_run(options.program, study, seed, options.data_dir, runs))
    print(f"{'study':10}{'seeds':>6}{'seconds: median':>17}{'worst':>7}{'training':>10}{'accuracy: median':>18}{'worst':>8}")
    for study, rows in results.items():
        seconds = [row["seconds"] for row in rows]
        accuracy = [row["accuracy"] for row in rows]
        training = statistics.median(row["training"] for row in rows)
        print(f"{study:10}{len(rows):6}{statistics.median(seconds):17.2f}{max(seconds):7.2f}{training:10.2f}"
              f"{100 * statistics.median(accuracy):16.2f} %{100 * min(accuracy):6.2f} %")


if __name__ == "__main__":
    main()
