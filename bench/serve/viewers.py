#!/usr/bin/env python3
"""What viewers of the lab cost a training: the same run with nobody watching and with 50 event streams, in turn.

    bench/serve/viewers.py build/gradus [--viewers 50] [--pairs 9] [--fields '{"data": "mnist", ...}']

Every viewer reads the training's events as the page does. Prints the median over the pairs of how much longer the training's
own steps took while it was watched, and the quartiles. A shared machine gives figures of that machine's guests.
"""
import argparse
import json
import pathlib
import re
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request

DEFAULT = {"data": "mnist", "hidden": "64", "epochs": "40", "patience": "0", "threads": "1"}


class Lab:
    def __init__(self, program, folder):
        self.process = subprocess.Popen([program, "lab"], cwd=folder, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if found := re.search(r"(http://[^/\s]+)/\S*token=(\w+)", line):
                self.address, self.token = found.groups()
                return
        raise SystemExit("gradus lab printed no address")

    def ask(self, path, body=None):
        request = urllib.request.Request(self.address + path, method="GET" if body is None else "POST",
                                         headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
                                         data=None if body is None else json.dumps(body).encode())
        return urllib.request.urlopen(request, timeout=600)

    def end(self):
        self.process.terminate()
        self.process.wait()


def watch(lab, training, counts):
    with lab.ask(f"/api/trainings/{training}/events") as stream:
        counts.append(sum(len(line) for line in stream))


def train(lab, fields, viewers):
    """Seconds in training steps, of a run with so many viewers."""
    training = json.load(lab.ask("/api/trainings", {"fields": fields}))["id"]
    counts = []
    threads = [threading.Thread(target=watch, args=(lab, training, counts)) for _ in range(viewers)]
    for thread in threads:
        thread.start()
    while not (state := json.load(lab.ask(f"/api/trainings/{training}"))).get("end"):
        time.sleep(0.5)
    for thread in threads:
        thread.join()
    if state["end"].get("stop_reason") != "epochs" or len(counts) < viewers or 0 in counts:
        raise SystemExit(f"{state['end']}; {len(counts)} of {viewers} streams were read")
    return state["end"]["seconds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--fields", type=json.loads, default=DEFAULT, help="of the training, JSON")
    options = parser.parse_args()
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(options.program.resolve(), folder)
        try:
            for pair in range(options.pairs):
                order = [0, options.viewers] if pair % 2 == 0 else [options.viewers, 0]
                seconds = {viewers: train(lab, options.fields, viewers) for viewers in order}
                ratios.append(seconds[options.viewers] / seconds[0])
                print(f"alone {seconds[0]:.3f} s, watched by {options.viewers} {seconds[options.viewers]:.3f} s", flush=True)
        finally:
            lab.end()
    low, median, high = (100 * (ratio - 1) for ratio in statistics.quantiles(ratios, n=4))
    print(f"{options.viewers} viewers: {median:+.1f} % (quartiles {low:+.1f}, {high:+.1f})")


if __name__ == "__main__":
    main()
