#!/usr/bin/env python3
"""Times fit of gradus' estimators beside scikit-learn's, equal settings, one thread, in interleaved pairs; and the import.

    PYTHONPATH=build/python-package build/python-env/bin/python bench/python_beside_sklearn.py [--pairs N] [--data-dir DIR]

Both compute the same: their loss curves are compared first. The MNIST rows are left out without $GRADUS_DATA/mnist.
"""
import argparse
import gzip
import os
import pathlib
import statistics
import subprocess
import sys
import time
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402  after the number of threads
from sklearn.datasets import load_digits  # noqa: E402
from sklearn.neural_network import MLPClassifier as Theirs  # noqa: E402

from gradus import MLPClassifier as Ours  # noqa: E402


def mnist(folder, rows):
    def read(name, header):
        return np.frombuffer(gzip.decompress((folder / name).read_bytes()), np.uint8, offset=header)
    X = read("train-images-idx3-ubyte.gz", 16)[: rows * 784].reshape(rows, 784)
    return np.float32(X) / 255, read("train-labels-idx1-ubyte.gz", 8)[:rows]


def digits():
    X, y = load_digits(return_X_y=True)
    return np.float32(X) / 16, y


def works(data_dir):
    fixed = {"n_iter_no_change": np.inf, "random_state": 0}
    yield "digits, (32,), batch 10, 10 epochs", digits(), {"hidden_layer_sizes": (32,), "batch_size": 10, "max_iter": 10, **fixed}
    yield "digits, defaults, 20 epochs", digits(), {"max_iter": 20, **fixed}
    if (data_dir / "mnist").is_dir():
        X, y = mnist(data_dir / "mnist", 10_000)
        yield "MNIST 10,000, (64,), batch 32, 3 epochs", (X, y), {"hidden_layer_sizes": (64,), "batch_size": 32, "max_iter": 3, **fixed}
        yield "MNIST 10,000, defaults, 3 epochs", (X, y), {"max_iter": 3, **fixed}


def seconds(kind, data, settings):
    started = time.perf_counter()
    model = kind(**settings).fit(*data)
    return time.perf_counter() - started, model


def import_seconds(statement):
    times = []
    for _ in range(9):
        program = f"import time; import numpy; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
        times.append(float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout))
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--data-dir", type=pathlib.Path, default=os.environ.get("GRADUS_DATA", "."))
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"import gradus, after NumPy: {import_seconds('import gradus') * 1e3:.0f} ms")
    for title, data, settings in works(pathlib.Path(options.data_dir)):
        ours, theirs = [], []
        for _ in range(options.pairs):
            our_seconds, our_model = seconds(Ours, data, settings)
            their_seconds, their_model = seconds(Theirs, data, settings)
            ours.append(our_seconds)
            theirs.append(their_seconds)
        np.testing.assert_allclose(our_model.loss_curve_, their_model.loss_curve_, rtol=1e-3)
        ratios = sorted(b / a for a, b in zip(ours, theirs))
        print(f"{title}: gradus {statistics.median(ours) * 1e3:.1f} ms, scikit-learn {statistics.median(theirs) * 1e3:.1f} ms, "
              f"ratio {statistics.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f})")


main()
