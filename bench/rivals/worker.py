"""One rival in a process of its own, so that the threads of one library never meet those of another.

Reads commands as JSON lines and answers each with one: prepare, losses, warm_up, train, prepare_inference, outputs, predict.
Started by process.py, which sets the environment that tells libraries their threads.
"""
import argparse
import dataclasses
import importlib
import json
import os
import pathlib
import sys
import time

import numpy as np

import works


def timed(action, *arguments):
    """Seconds on the clock and on all cores together."""
    cpu, wall = time.process_time(), time.perf_counter()
    action(*arguments)
    wall = time.perf_counter() - wall
    return {"seconds": wall, "cpu_seconds": time.process_time() - cpu}


class Worker:
    def __init__(self, adapter, threads):
        module, name = adapter.split(":")
        self.adapter = getattr(importlib.import_module(f"adapters.{module}"), name)
        self.threads, self.contestant, self.task, self.epochs = threads, None, None, None

    def hello(self):
        return {"version": self.adapter.version(), "variants": self.adapter.VARIANTS}

    def prepare(self, work, folder):
        self.task = works.read(work, pathlib.Path(folder))
        return {}

    def losses(self, variant):
        """Of the first steps, from the initial weights."""
        return {"losses": self.fresh(self.task.first(works.CHECK_STEPS), variant).losses()}

    def warm_up(self, variant):
        """One epoch unseen; the faster of two says how many make a piece."""
        self.contestant = self.fresh(self.task, variant)
        self.contestant.train(1)
        epoch = min(timed(self.contestant.train, 1)["seconds"] for _ in range(2))
        self.epochs = works.epochs_of_a_piece(epoch)
        return {"seconds": epoch / self.task.work.steps_of(1)}

    def fresh(self, task, variant):
        """A contestant that may write into its weights."""
        layers = [(w.copy(), b.copy()) for w, b in task.layers]
        return self.adapter(dataclasses.replace(task, layers=layers), variant, self.threads)

    def train(self):
        answer = timed(self.contestant.train, self.epochs)
        return {**answer, "seconds_per_step": answer["seconds"] / self.task.work.steps_of(self.epochs)}

    def prepare_inference(self, arrays, variant, extra):
        with np.load(arrays) as file:
            tensors = dict(file)
        x = tensors.pop("x")
        self.contestant = self.adapter(works.layers_of(tensors), x, variant, self.threads, **extra)
        return {"outputs": self.contestant.predict(1).tolist()}

    def predict(self, calls):
        return timed(self.contestant.predict, calls)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("adapter", help="MODULE:CLASS in adapters/")
    parser.add_argument("--threads", type=int, help="without it, the library's default")
    options = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints must not stand between the answers
    try:
        worker = Worker(options.adapter, options.threads)
    except (ImportError, OSError) as error:
        print(json.dumps({"missing": str(error)}), file=answers)
        return 0
    print(json.dumps(worker.hello()), file=answers)
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = getattr(worker, command.pop("do"))(**command)
        except Exception as error:  # whatever a library throws ends its own part only
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
