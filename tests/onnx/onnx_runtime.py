#!/usr/bin/env python3
"""Holds the ONNX files of random small networks against onnx.checker and ONNX Runtime.

Each network is trained for an epoch on a table with numbers far from zero, truth values and words; converted; checked; run on
the raw rows. Probabilities must agree with `gradus predict` within 1e-6, what each layer makes of the golden rows within 1e-5 of
the largest, predictions of a regression within 1e-5 of the largest, and the file must be gradus's own again, bit for bit.
Exit status: 0 all agree, 1 some do not, 77 no onnx or onnxruntime on this machine.
"""
import argparse
import csv
import io
import json
import pathlib
import random
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import onnx
    import onnxruntime
except ImportError as error:
    print(f"skipped: {error.name} is missing for {sys.executable}")
    sys.exit(77)

PROBABILITY_BOUND = 1e-6
LAYER_BOUND = 1e-5
ACTIVATIONS = ["identity", "sigmoid", "tanh", "lecun_tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus"]
CLASSES = {"two": ["no", "yes"], "words": ["ant", "bee", "cat, big"], "digits": [str(i) for i in range(10)], "odd": ["-3", "5", "7", "20"]}
ROWS = 60


def table(rng, kind):
    """Header and rows: the target of the given kind stands last."""
    rows = []
    for i in range(ROWS):
        numbers = [rng.gauss(0, 1), rng.gauss(37.5, 0.1), rng.gauss(-2000, 300), rng.random()]
        words = [rng.choice(["True", "False"]), rng.choice(["red", "green", "blue"])]
        target = CLASSES[kind][i % len(CLASSES[kind])] if kind in CLASSES else f"{1000 + 50 * (numbers[0] + rng.gauss(0, 0.1))}"
        rows.append([f"{np.float32(x):.9g}" for x in numbers] + words + [target])
    return ["a", "b", "c", "d", "flag", "colour", "y"], rows


def settings(rng, kind, number):
    """Flags of a random network; each activation, normalization and scaling comes up in turn."""
    flags = ["--activation", ACTIVATIONS[number % len(ACTIVATIONS)], "--normalization", ["none", "batch", "layer"][number % 3],
             "--standardize", ["feature", "global", "minmax", "none"][number % 4] if number % 5 else "feature",
             "--hidden", ",".join(str(rng.randint(1, 40)) for _ in range(rng.randint(1, 4))) if number % 7 else "none",
             "--dropout", rng.choice(["0", "0.2"]), "--bias", rng.choice(["layer", "layer", "layer", "none", "ones_column"]),
             "--precision", "double" if number % 6 == 0 else "float", "--seed", str(number), "--batch-size", "16",
             "--epochs", "1", "--validation", "0", "--test", "0"]
    losses = {"two": ["auto", "binary_cross_entropy", "binary_cross_entropy_probability", "negative_log_likelihood"],
              "value": ["mean_squared_error", "mean_absolute_error", "huber", "poisson"]}.get(kind, ["auto", "auto", "negative_log_likelihood"])
    unscaled = "none" in flags[4:6]  # losses of probabilities are infinite where these are exactly 0
    return flags + ["--loss", losses[0] if unscaled else rng.choice(losses)]


def encoded(names, header, rows):
    """The rows as the graph takes them: numbers as they are, truth values 0 and 1, words one-hot."""
    def value(name, row):
        column, _, word = name.partition("=")
        text = row[header.index(column)]
        return float(text == word) if word else {"True": 1.0, "False": 0.0}.get(text) if column == "flag" else float(text)
    return np.array([[value(name, row) for name in names] for row in rows], np.float32)


class Network:
    def __init__(self, gradus, folder, rng, number):
        self.gradus, self.folder = gradus, folder
        self.kind = rng.choice([*CLASSES, "value"])
        self.header, self.rows = table(rng, self.kind)
        with open(folder / "data.csv", "w", newline="") as file:
            csv.writer(file).writerows([self.header, *self.rows])
        self.flags = settings(rng, self.kind, number)
        task = [] if self.kind == "value" else ["--task", "classification"]
        gradus("train", "data.csv", *task, "--target", "y", "--quiet", "--out", "model.safetensors", *self.flags)
        gradus("model", "convert", "model.safetensors", "model.onnx")

    def problems(self):
        model = onnx.load(self.folder / "model.onnx")
        onnx.checker.check_model(model, full_check=True)
        metadata = {entry.key: entry.value for entry in model.metadata_props}
        yield from self.layer_problems(model, json.loads(metadata["golden"]))
        yield from self.prediction_problems()
        self.gradus("model", "verify", "model.onnx")

    def layer_problems(self, model, golden):
        """Raw outputs: every layer's end becomes an output of the graph."""
        stages = {stage["name"]: np.array(stage["values"]) for stage in golden["stages"]}
        layers = {name: f"layer_{name.split()[1]}" for name in stages if name.startswith("layer")}
        for output in layers.values():
            model.graph.output.append(onnx.helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, None))
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        x = np.array(golden["inputs"], np.float32)
        for (name, _), made in zip(layers.items(), session.run(list(layers.values()), {"X": x})):
            error = np.abs(made - stages[name]).max()
            if not error <= LAYER_BOUND * np.abs(stages[name]).max():
                yield f"{name} is off by {error:.3g} of {np.abs(stages[name]).max():.3g}"

    def prediction_problems(self):
        session = onnxruntime.InferenceSession(self.folder / "model.onnx", providers=["CPUExecutionProvider"])
        names = json.loads(self.gradus("model", "info", "model.safetensors", "--json"))["features"]
        x = encoded([name for name in names if name != "ones"], self.header, self.rows)
        given = list(csv.reader(io.StringIO(self.gradus("predict", "model.safetensors", "data.csv"))))[1:]
        if self.kind == "value":
            expected = np.array([[float(row[0])] for row in given])
            error = np.abs(session.run(["value"], {"X": x})[0] - expected).max()
            if not error <= LAYER_BOUND * np.abs(expected).max():
                yield f"the value is off by {error:.3g}"
            return
        label, probabilities = session.run(["label", "probabilities"], {"X": x})
        expected = np.array([[float(p) for p in row[1:]] for row in given])
        error = np.abs(probabilities - expected).max()
        if not error <= PROBABILITY_BOUND:
            yield f"probabilities are off by {error:.3g}"
        clear = np.sort(expected)[:, -1] - np.sort(expected)[:, -2] > 2 * PROBABILITY_BOUND
        wrong = [i for i in np.flatnonzero(clear) if str(label[i]) != given[i][0]]
        if wrong:
            yield f"row {wrong[0]} is {label[wrong[0]]!r}; expected {given[wrong[0]][0]!r}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True, help="the gradus to test")
    parser.add_argument("--networks", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="number of the first network: to repeat one")
    options = parser.parse_args()
    program = options.program.resolve()
    failed = 0
    for number in range(options.first, options.first + options.networks):
        with tempfile.TemporaryDirectory() as name:
            def gradus(*words):
                run = subprocess.run([program, *words], cwd=name, capture_output=True, text=True, check=False)
                if run.returncode != 0:
                    raise RuntimeError(f"gradus {' '.join(words)}: {run.stdout[-300:]}{run.stderr}")
                return run.stdout
            network = Network(gradus, pathlib.Path(name), random.Random(number), number)
            for problem in network.problems():
                failed += 1
                print(f"network {number} ({network.kind} {' '.join(network.flags)}): {problem}")
    print(f"{options.networks} networks, {failed} problems; onnx {onnx.__version__}, ONNX Runtime {onnxruntime.__version__}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
