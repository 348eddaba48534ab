#!/usr/bin/env python3
"""Holds training step by step against an independent computation in NumPy.

Data and initial weights are written as .npz; `gradus train --initial-weights --shuffle false --log-every 1` runs in double
precision; here the same network is trained from its textbook formulas; the loss of every step must agree.
Exit status: 0 agrees, 1 does not, 77 no NumPy on this machine.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:  # the first python3 on PATH may be a bare one beside the distribution's
    if sys.executable != "/usr/bin/python3" and pathlib.Path("/usr/bin/python3").exists():
        sys.exit(subprocess.run(["/usr/bin/python3", *sys.argv], check=False).returncode)
    print("skipped: no NumPy for", sys.executable)
    sys.exit(77)

ROWS, FEATURES, HIDDEN, CLASSES, BATCH, EPOCHS = 50, 7, 11, 3, 8, 4
BOUND = 1e-12


def problem():
    """Inputs, labels, regression targets and initial weights, (outputs, inputs) as in PyTorch."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(ROWS, FEATURES))
    labels = np.arange(ROWS) % CLASSES
    values = np.sin(x @ rng.normal(size=FEATURES)) + 0.1 * rng.normal(size=ROWS)

    def weights(outputs):
        return {"0.weight": 0.5 * rng.normal(size=(HIDDEN, FEATURES)), "0.bias": 0.1 * rng.normal(size=HIDDEN),
                "2.weight": 0.5 * rng.normal(size=(outputs, HIDDEN)), "2.bias": 0.1 * rng.normal(size=outputs)}

    return x, labels, values, weights


def softmax_cross_entropy(logits, labels):
    """Mean loss of the batch and its gradient."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(labels))
    gradient = np.exp(shifted - log_sum)
    gradient[rows, labels] -= 1
    return (log_sum[:, 0] - shifted[rows, labels]).mean(), gradient / len(labels)


def mean_squared_error(outputs, values):
    error = outputs[:, 0] - values
    return (error**2).mean(), (2 * error / len(values))[:, None]


def sgd(state, gradient, rate, step):
    return rate * gradient


def momentum(state, gradient, rate, step):
    state["v"] = gradient + 0.9 * state.get("v", 0)
    return rate * state["v"]


def adam(state, gradient, rate, step):
    state["m"] = 0.9 * state.get("m", 0) + 0.1 * gradient
    state["v"] = 0.999 * state.get("v", 0) + 0.001 * gradient**2
    mean, square = state["m"] / (1 - 0.9**step), state["v"] / (1 - 0.999**step)
    return rate * mean / (np.sqrt(square) + 1e-8)


def losses_in_numpy(x, targets, weights, loss, update, rate):
    weights = {name: array.copy() for name, array in weights.items()}
    states = {name: {} for name in weights}
    losses = []
    for _ in range(EPOCHS):
        for first in range(0, ROWS, BATCH):
            inputs, wanted = x[first:first + BATCH], targets[first:first + BATCH]
            hidden = np.tanh(inputs @ weights["0.weight"].T + weights["0.bias"])
            value, d_outputs = loss(hidden @ weights["2.weight"].T + weights["2.bias"], wanted)
            losses.append(value)
            d_hidden = d_outputs @ weights["2.weight"] * (1 - hidden**2)
            gradients = {"0.weight": d_hidden.T @ inputs, "0.bias": d_hidden.sum(axis=0),
                         "2.weight": d_outputs.T @ hidden, "2.bias": d_outputs.sum(axis=0)}
            for name, gradient in gradients.items():
                weights[name] -= update(states[name], gradient, rate, len(losses))
    return losses


def losses_in_gradus(program, folder, words):
    command = [program, "train", "data.npz", "--config", "common.toml", "--initial-weights", "weights.npz", "--json", *words]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit status {run.returncode}: {run.stderr}")
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return [line["loss"] for line in lines if line["event"] == "step"]


COMMON = f"""
hidden = [{HIDDEN}]
activation = "tanh"
standardize = "none"
validation = "0"
test = "0"
shuffle_split = false
stratify = false
shuffle = false
batch_size = {BATCH}
epochs = {EPOCHS}
log_every = 1
precision = "double"
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True, help="the gradus to test")
    program = parser.parse_args().program.resolve()
    x, labels, values, make_weights = problem()
    values = (values - values.mean()) / values.std()  # as gradus does with the targets of a regression
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "common.toml").write_text(COMMON)
        for task, targets, loss, outputs in (("classification", labels, softmax_cross_entropy, CLASSES),
                                             ("regression", values, mean_squared_error, 1)):
            weights = make_weights(outputs)
            np.savez(f"{folder}/data.npz", X=x, y=targets)
            np.savez(f"{folder}/weights.npz", **weights)
            for update, rate in ((sgd, 0.1), (momentum, 0.05), (adam, 0.01)):
                words = ["--task", task, "--optimizer", update.__name__, "--learning-rate", str(rate)]
                ours = losses_in_gradus(program, folder, words)
                theirs = losses_in_numpy(x, targets, weights, loss, update, rate)
                worst = max(range(len(theirs)), key=lambda i: abs(ours[i] - theirs[i])) if len(ours) == len(theirs) else None
                agrees = worst is not None and abs(ours[worst] - theirs[worst]) <= BOUND
                failed |= not agrees
                print(f"{task} {update.__name__}: {len(ours)} steps of {len(theirs)}",
                      "" if worst is None else f"worst step {worst + 1}: {ours[worst]!r} against {theirs[worst]!r}",
                      "" if agrees else "DIFFERS")
    return failed


if __name__ == "__main__":
    sys.exit(main())
