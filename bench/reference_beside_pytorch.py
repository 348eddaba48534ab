#!/usr/bin/env python3
"""All reference studies by the wall clock, beside the same trainings in PyTorch one after the other.

    build/rivals-env/bin/python bench/reference_beside_pytorch.py [--steps 300] [--data-dir DIR]
    build/rivals-env/bin/python bench/reference_beside_pytorch.py --runs DIR --seconds 61.5

The first form times `gradus study reference`, report included; the second takes the runs of an earlier one and its time.
Runs that train the same network with the same batches, precision and optimizer are one kind. Of every kind PyTorch (eager)
trains some steps on numbers of the same shape and looks at each part as the runs do, with its default number of threads and
with one; the median stretch counts, of the better number, times the steps and validations of all runs of the kind. Left out, in PyTorch's favour:
starting it, reading data, transforms, storing anything, statistics of layers, the report.
"""
import argparse
import collections
import dataclasses
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import torch

ROOT = pathlib.Path(__file__).resolve().parents[1]
ROWS = {"digits": 1797, "mnist": 60000, "synth": 60000}
GIVEN_TEST_ROWS = {"mnist": 10000, "synth": 10000}
STRETCHES = 5
DEFAULT_THREADS = torch.get_num_threads()
LOOKS = 3


class LecunTanh(torch.nn.Module):
    def forward(self, x):
        return 1.7159 * torch.tanh(2 / 3 * x)


ACTIVATIONS = {"identity": torch.nn.Identity, "sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU,
               "lecun_tanh": LecunTanh}


@dataclasses.dataclass(frozen=True)
class Kind:
    """What the speed of a training depends on."""
    layers: tuple[int, ...]  # widths, from the features to the outputs
    activation: str
    optimizer: str
    batch: int
    precision: str
    shuffled: bool
    parts: tuple[tuple[str, int], ...]  # that are looked at, and their rows

    def title(self):
        return f"{'-'.join(map(str, self.layers))} {self.activation}, {self.optimizer}, {self.batch} {self.precision}"


def json_lines(program, *arguments):
    command = [str(word) for word in (program, *arguments, "--json")]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def time_of_studies(program, runs, data_dir):
    command = [program, "study", "reference", "--runs", runs, "--quiet", *(["--data-dir", data_dir] if data_dir else [])]
    begin = time.perf_counter()
    done = subprocess.run([str(word) for word in command], stdout=subprocess.DEVNULL, check=False)
    seconds = time.perf_counter() - begin
    if done.returncode not in (0, 1):  # 1: a claim that must hold does not
        raise SystemExit(f"gradus study reference ended with status {done.returncode}")
    return seconds


def stored_trainings(program, runs):
    """What else the studies ran, such as descents, has no batches."""
    stored = [json_lines(program, "runs", "show", run["run"], "--runs", runs)[0]
              for run in json_lines(program, "runs", "list", "--limit", "0", "--runs", runs)]
    return [run for run in stored if run["steps"] and "batch_size" in run["configuration"]]


def rows_of_part(size, data, rows):
    if size == "test":
        return GIVEN_TEST_ROWS.get(data, 0)
    return int(size) if size.isdigit() else round(float(size) * rows)


def kind_of(run):
    """The kind of a stored run, and how often it looked at its parts."""
    config = run["configuration"]
    rows = config["samples"] or ROWS[run["data"]]
    sizes = {name: rows_of_part(config[name], run["data"], rows) for name in ("validation", "test")}
    if config["train_metrics"] == "after":
        sizes["train"] = config["train_count"] or rows
    looks = {name: run["metrics"].get(f"{name}_loss", {"points": 0})["points"] for name in sizes}
    parts = tuple((name, size) for name, size in sizes.items() if size and looks[name])
    kind = Kind(layers=tuple(map(int, run["network"].split("-"))), activation=config["activation"],
                optimizer=config["optimizer"], batch=config["batch_size"], precision=config["precision"],
                shuffled=config["shuffle"], parts=parts)
    return kind, {name: looks[name] for name, _ in parts}


class Training:
    """A kind in PyTorch, on numbers of the same shape."""

    def __init__(self, kind):
        self.kind = kind
        dtype = torch.float64 if kind.precision == "double" else torch.float32
        modules = []
        for inputs, outputs in zip(kind.layers, kind.layers[1:]):
            modules += [torch.nn.Linear(inputs, outputs, dtype=dtype), ACTIVATIONS[kind.activation]()]
        self.model = torch.nn.Sequential(*modules[:-1])
        self.optimizer = self.optimizer_of()
        self.x, self.y = self.numbers(max(kind.batch, 20000), dtype)
        self.parts = {name: self.numbers(rows, dtype) for name, rows in kind.parts}
        self.at = len(self.x)

    def numbers(self, rows, dtype):
        x = torch.rand(rows, self.kind.layers[0], dtype=dtype)
        outputs = self.kind.layers[-1]
        return x, torch.rand(rows, 1).round().to(dtype) if outputs == 1 else torch.randint(outputs, (rows,))

    def optimizer_of(self):
        parameters, rate = self.model.parameters(), 1e-3
        if self.kind.optimizer == "adam":
            return torch.optim.Adam(parameters, rate)
        return torch.optim.SGD(parameters, rate, momentum=0.9 if self.kind.optimizer == "momentum" else 0)

    def loss(self, outputs, y):
        if self.kind.layers[-1] == 1:
            return torch.nn.functional.binary_cross_entropy_with_logits(outputs, y)
        return torch.nn.functional.cross_entropy(outputs, y)

    def batch(self):
        if self.at + self.kind.batch > len(self.x):
            self.at, self.order = 0, torch.randperm(len(self.x))
        rows = slice(self.at, self.at + self.kind.batch)
        self.at = rows.stop
        if self.kind.shuffled:
            rows = self.order[rows]
        return self.x[rows], self.y[rows]

    def step(self):
        x, y = self.batch()
        self.optimizer.zero_grad()
        loss = self.loss(self.model(x), y)
        loss.backward()
        self.optimizer.step()

    def steps(self, count):
        for _ in range(count):
            self.step()

    @torch.inference_mode()
    def look(self, part):
        """Loss and accuracy of a part."""
        x, y = self.parts[part]
        outputs = self.model(x)
        guessed = outputs > 0 if self.kind.layers[-1] == 1 else outputs.argmax(dim=1)
        return self.loss(outputs, y).item(), (guessed == y).double().mean().item()


def seconds_of(action):
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def typical(action, times):
    """Seconds of one call, after one to warm up: the median, with the better number of threads."""
    medians = []
    for threads in {DEFAULT_THREADS, 1}:
        torch.set_num_threads(threads)
        action()
        medians.append(statistics.median(seconds_of(action) for _ in range(times)))
    return min(medians)


def grouped(runs):
    """Kind -> number of runs, steps and looks at each part."""
    kinds = {}
    for run in runs:
        kind, looks = kind_of(run)
        sums = kinds.setdefault(kind, {"runs": 0, "steps": 0, "gradus": 0.0, "looks": collections.Counter()})
        sums["runs"] += 1
        sums["steps"] += run["steps"]
        sums["gradus"] += run["seconds"]
        sums["looks"].update(looks)
    return kinds


def compare(kinds, steps):
    print(f"{'kind':52}{'runs':>5}{'steps':>9}{'looks':>7}{'us a step':>11}{'ms a look':>11}{'PyTorch':>10}")
    total = 0
    for kind, sums in sorted(kinds.items(), key=lambda item: -item[1]["steps"]):
        training = Training(kind)
        stretch = steps // STRETCHES
        step = typical(lambda: training.steps(stretch), STRETCHES) / stretch
        looks = {part: typical(lambda: training.look(part), LOOKS) for part in sums["looks"]}
        seconds = step * sums["steps"] + sum(looks[part] * count for part, count in sums["looks"].items())
        total += seconds
        look = statistics.mean(looks.values()) if looks else 0
        print(f"{kind.title():52}{sums['runs']:5}{sums['steps']:9}{sum(sums['looks'].values()):7}{1e6 * step:11.0f}"
              f"{1e3 * look:11.2f}{seconds:8.1f} s", flush=True)
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT / "build/gradus"))
    parser.add_argument("--data-dir")
    parser.add_argument("--runs", type=pathlib.Path, help="folder of the runs of an earlier gradus study reference")
    parser.add_argument("--seconds", type=float, help="and what it took by the wall clock")
    parser.add_argument("--steps", type=int, default=300, help="of every kind in PyTorch")
    options = parser.parse_args()
    if (options.runs is None) != (options.seconds is None):
        parser.error("--runs and --seconds belong together")
    if options.steps < 200:
        parser.error("fewer than 200 steps of a kind say little")
    with tempfile.TemporaryDirectory() as temporary:
        runs = options.runs or pathlib.Path(temporary) / "runs"
        seconds = options.seconds or time_of_studies(options.program, runs, options.data_dir)
        trainings = stored_trainings(options.program, runs)
    kinds = grouped(trainings)
    print(f"PyTorch {torch.__version__}, {DEFAULT_THREADS} threads or 1; {len(trainings)} trainings of {len(kinds)} kinds")
    theirs = compare(kinds, options.steps)
    inside = sum(sums["gradus"] for sums in kinds.values())
    print(f"\ngradus study reference: {seconds:.1f} s by the wall clock ({inside:.1f} s of it in training steps, of all workers)")
    print(f"PyTorch, one run after the other: {theirs:.1f} s")
    print(f"ratio: {theirs / seconds:.1f}")


if __name__ == "__main__":
    main()
