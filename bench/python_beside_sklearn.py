#!/usr/bin/env python3
"""Times fit of gradus' estimators beside scikit-learn's, equal settings, one thread, in interleaved pairs; what Python adds to the
library's own loop; the import; and the memory that fit takes beyond its input.

    PYTHONPATH=build/python-package build/python-env/bin/python bench/python_beside_sklearn.py [--pairs N] [--data-dir DIR]

Both compute the same: their loss curves are compared too. The MNIST rows are left out without $GRADUS_DATA/mnist.
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

from gradus import MLPClassifier  # noqa: E402


class Timed(MLPClassifier):
    """Knows how long the library's own loop took: the epochs, and drawing the order of the samples."""

    def _epoch(self, training, rows, batch_size):
        started = time.perf_counter()
        super()._epoch(training, rows, batch_size)
        self.loop_seconds_ = getattr(self, "loop_seconds_", 0.0) + time.perf_counter() - started


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


def over_the_loop(data, settings):
    """What fit takes beyond the library's own loop, as a share of it, in 200 epochs, which is scikit-learn's default: the least of three."""
    shares = []
    for _ in range(3):
        taken, model = seconds(Timed, data, {**settings, "max_iter": 200})
        shares.append(taken / model.loop_seconds_ - 1)
    return min(shares)


def seconds(kind, data, settings):
    started = time.perf_counter()
    model = kind(**settings).fit(*data)
    return time.perf_counter() - started, model


def in_fresh_process(program):
    return float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)


def import_seconds(statement):
    program = f"import time; import numpy; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    return statistics.median(in_fresh_process(program) for _ in range(9))


def megabytes_beyond_input(settings):
    """Peak of fit on 200 MB of float32 beyond them and what was resident before, in MB."""
    return in_fresh_process(f"""
import resource, warnings
import numpy as np
from gradus import MLPClassifier
MLPClassifier((2,), max_iter=1).fit([[0.0], [1.0]], [0, 1])
warnings.simplefilter("ignore")
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
before = peak()
X = np.zeros((100_000, 500), np.float32)
X[:, 0] = y = np.arange(100_000) % 10
MLPClassifier(max_iter=2, **{settings!r}).fit(X, y)
print(peak() - before - X.nbytes / 1e6)
""")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--data-dir", type=pathlib.Path, default=os.environ.get("GRADUS_DATA", "."))
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"import gradus, after NumPy: {import_seconds('import gradus') * 1e3:.0f} ms")
    for settings in ({}, {"early_stopping": True}):
        print(f"memory of fit {settings or ''} beyond 200 MB of input: {megabytes_beyond_input(settings):.0f} MB")
    for title, data, settings in works(pathlib.Path(options.data_dir)):
        ours, theirs = [], []
        for _ in range(options.pairs):
            our_seconds, our_model = seconds(MLPClassifier, data, settings)
            their_seconds, their_model = seconds(Theirs, data, settings)
            ours.append(our_seconds)
            theirs.append(their_seconds)
        np.testing.assert_allclose(our_model.loss_curve_, their_model.loss_curve_, rtol=1e-3)
        ratios = sorted(b / a for a, b in zip(ours, theirs))
        print(f"{title}: gradus {statistics.median(ours) * 1e3:.1f} ms, scikit-learn {statistics.median(theirs) * 1e3:.1f} ms, "
              f"ratio {statistics.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f}); fit over its loop {over_the_loop(data, settings):.1%}")


main()
