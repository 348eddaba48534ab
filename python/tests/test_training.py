"""train: the same bits as the program, its course, its ends, its refusals."""
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import gradus

PROGRAM = os.environ.get("GRADUS_PROGRAM")
needs_program = pytest.mark.skipif(not PROGRAM, reason="GRADUS_PROGRAM does not name the command-line program")


def run_python(code, **options):
    return subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=120, **options)


@needs_program
@pytest.mark.parametrize("fields", [
    {"hidden": [32], "epochs": 3},
    {"hidden": [20, 12], "activation": "tanh", "optimizer": "adamw", "weight_decay": 0.01, "precision": "double", "epochs": 2, "seed": 9},
    {"hidden": "none", "task": "regression", "validation": 0.3, "test": 0, "standardize": "none", "epochs": 4, "batch_size": 16},
    {"dropout": 0.2, "normalization": "batch", "schedule": "cosine", "stratify": False, "epochs": 2, "learning_rate": 3e-3},
], ids=lambda fields: next(iter(fields)))
def test_the_bits_are_the_programs(fields, tmp_path):
    def text(value):
        return str(value).lower() if isinstance(value, bool) else ",".join(map(str, value)) if isinstance(value, list) else str(value)

    flags = [word for name, value in fields.items() for word in ("--" + name.replace("_", "-"), text(value))]
    done = subprocess.run([PROGRAM, "train", "digits", *flags, "--json", "--quiet"], cwd=tmp_path, capture_output=True, text=True, check=True)
    end = json.loads(done.stdout.splitlines()[-1])
    result = gradus.train("digits", progress=False, **fields)
    assert result.weights_sha256 == end["weights_sha256"] == result.network.weights_sha256
    assert result.figures["train_loss"] == end["train"]["loss"] and result.steps == end["steps"]


def test_the_configuration_repeats_the_run(tmp_path):
    result = gradus.train("digits", hidden=[8], epochs=2, seed=4, progress=False)
    path = tmp_path / "config.toml"
    path.write_text(result.config)
    again = gradus.train(config=path, progress=False)
    assert again.weights_sha256 == result.weights_sha256
    other = gradus.train(config=path, seed=5, progress=False)
    assert other.weights_sha256 != result.weights_sha256


def test_history_and_figures():
    result = gradus.train("digits", hidden=[16], epochs=6, log_every=10, layers_every=20, progress=False)
    history = result.history
    assert list(history)[:3] == ["epoch", "step", "seconds"] and history["epoch"].tolist() == list(range(6))
    assert history["epoch"].dtype.kind == "i" and history.n_rows == result.epochs == 6
    assert {"train_loss", "validation_accuracy", "test_accuracy"} <= set(history)
    assert history["train_loss"][-1] < history["train_loss"][0]
    assert result.figures["validation_loss"] == history["validation_loss"].min()
    assert result.best_epoch == history["validation_loss"].argmin()
    assert result.report["confusion"].sum() == result.rows["test"]
    assert result.report["accuracy"] == result.figures["test_accuracy"]
    assert result.series["step_loss"]["step"].tolist() == list(range(10, result.steps + 1, 10))
    assert "layers/0/gradients_norm" in result.series
    assert "6 epochs" in repr(result) and "<svg" in result._repr_html_()


def test_a_frame_of_the_history():
    pandas = pytest.importorskip("pandas")
    frame = gradus.train("digits", hidden=[8], epochs=2, progress=False).history.to_frame()
    assert isinstance(frame, pandas.DataFrame) and frame["epoch"].tolist() == [0, 1]


def test_arrays_and_names_are_the_same_data(tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.random((90, 5), dtype=np.float32), np.arange(90) % 3
    np.savez(tmp_path / "data.npz", X=X, y=y)
    fields = {"hidden": [6], "epochs": 3, "progress": False}
    from_file = gradus.train(tmp_path / "data.npz", **fields)
    from_arrays = gradus.train((X, y), **fields)
    assert from_file.weights_sha256 == from_arrays.weights_sha256
    assert from_file.network.data_sha256 == from_arrays.network.data_sha256


def test_pictures_stay_bytes_and_keep_their_shape():
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 256, (60, 7, 9), dtype=np.uint8), np.arange(60) % 2
    network = gradus.train((X, y), task="classification", hidden=[4], epochs=1, progress=False).network
    assert network.picture_shape == (7, 9)
    assert network.predict(X).shape == (60,) and network.predict(X.reshape(60, 63)).tolist() == network.predict(X).tolist()


def test_on_epoch_sees_the_history_and_ends_the_run():
    seen = []

    def watch(row):
        seen.append(row)
        return row["epoch"] == 2

    result = gradus.train("digits", hidden=[8], epochs=20, on_epoch=watch, progress=False)
    assert [row["epoch"] for row in seen] == [0, 1, 2] and result.epochs == 3
    assert seen[1]["train_loss"] == result.history["train_loss"][1]


def test_what_on_epoch_raises_comes_out():
    def fail(row):
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        gradus.train("digits", hidden=[8], epochs=20, on_epoch=fail, progress=False)


def test_other_threads_run_meanwhile():
    ticks = []
    done = threading.Event()

    def tick():
        while not done.wait(0.001):
            ticks.append(time.perf_counter())

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        began = time.perf_counter()
        gradus.train("digits", hidden=[256, 256], epochs=10, patience=0, threads=1, progress=False)
        ended = time.perf_counter()
    finally:
        done.set()
        thread.join()
    during = [t for t in ticks if began < t < ended]
    assert len(during) > 5, f"{len(during)} ticks in {ended - began:.3f} s"


def test_threads_may_train_at_once():
    def hash_of(seed):
        return gradus.train("digits", hidden=[16], epochs=3, seed=seed, progress=False).weights_sha256

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(hash_of, range(6))) == [hash_of(seed) for seed in range(6)]


def test_ctrl_c_ends_it_with_what_is_learnt():
    code = """
        import os, signal, threading, gradus
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job begins with it ignored

        def soon(row):
            if row["epoch"] == 0:
                threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()

        result = gradus.train("digits", hidden=[256, 256], epochs=100000, patience=0, validation=0, on_epoch=soon, progress=False)
        print(result.stop_reason, result.epochs > 0, result.network.predict("digits").shape)
    """
    done = run_python(code)
    assert done.stdout.split() == ["interrupted", "True", "(1797,)"], done.stderr
    assert "was interrupted" in done.stderr and done.returncode == 0


def test_a_signals_own_exception_comes_out():
    class Late(Exception):
        pass

    def late(*_):
        raise Late

    before = signal.signal(signal.SIGALRM, late)
    try:
        with pytest.raises(Late):
            gradus.train("digits", hidden=[256, 256], epochs=100000, patience=0, progress=False,
                         on_epoch=lambda row: row["epoch"] == 0 and signal.setitimer(signal.ITIMER_REAL, 0.05))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_divergence_is_an_end_that_says_where():
    with pytest.warns(RuntimeWarning, match="diverged: step"):
        result = gradus.train("digits", hidden=[8], optimizer="sgd", learning_rate=1e30, epochs=3, progress=False)
    assert result.stop_reason == "diverged" and result.diverged_at.startswith("step")


def test_progress_goes_to_standard_error():
    code = """
        import gradus
        gradus.train("digits", hidden=[256, 256], epochs=12, patience=0, progress={})
    """
    shown = run_python(code.format(True)).stderr
    assert "epoch" in shown and "left" in shown and shown.endswith("\x1b[K")
    assert run_python(code.format("'auto'")).stderr == ""


def test_runs_are_kept_where_it_is_asked_for(tmp_path):
    result = gradus.train("digits", hidden=[8], epochs=2, runs=tmp_path / "runs", name="first", tags=["small"], layers_every=30, progress=False)
    assert sorted(path.name for path in result.folder.iterdir()) == ["config.toml", "history.csv", "layers.jsonl", "model.safetensors"]
    [run] = gradus.runs(tmp_path / "runs")
    assert (run.name, run.tags, run.status) == ("first", ["small"], "finished")
    assert run.load().weights_sha256 == result.weights_sha256
    assert [step["step"] for step in run.layers] == [step["step"] for step in result.layers] != []


def test_every_field_is_listed():
    page = gradus.configuration()
    assert "| `learning_rate` |" in page and "| `hidden` |" in page


X4, Y4 = np.zeros((30, 4)) + np.arange(30)[:, None], np.arange(30) % 2


@pytest.mark.parametrize(("data", "fields", "error", "words"), [
    ("digitz", {}, ValueError, "did you mean 'digits'"),
    ("nowhere.csv", {}, FileNotFoundError, "nowhere.csv"),
    (None, {}, ValueError, "no data"),
    ("digits", {"hiden": [3]}, TypeError, "did you mean 'hidden'"),
    ("digits", {"epochs": "many"}, ValueError, "epochs"),
    ("digits", {"epochs": 1.5}, ValueError, "epochs"),
    ("digits", {"epochs": -1}, ValueError, "epochs"),
    ("digits", {"learning_rate": float("nan")}, ValueError, "learning_rate"),
    ("digits", {"learning_rate": object()}, ValueError, "learning_rate"),
    ("digits", {"hidden": [0]}, ValueError, "hidden"),
    ("digits", {"activation": "rleu"}, ValueError, "did you mean 'relu'"),
    ("digits", {"target": "price"}, ValueError, "price"),
    ("digits", {"progress": "sometimes"}, TypeError, "progress"),
    (7, {}, TypeError, "expected a name"),
    ((X4,), {}, TypeError, "expected a name"),
    ((X4, Y4[:5]), {}, ValueError, "5 rows"),
    ((X4, np.eye(30)), {}, ValueError, "argmax"),
    ((X4, np.full(30, np.nan)), {}, ValueError, "target"),
    ((X4, np.ones(30)), {"task": "classification"}, ValueError, "one class|1 class|class"),
    ((np.where(X4 == 7, np.nan, X4), Y4), {}, ValueError, r"X\[7, 0\] is nan"),
    ((X4[:0], Y4[:0]), {}, ValueError, "at least one"),
    ((X4.astype(str), Y4), {}, TypeError, "DataFrame"),
    ((X4.astype(object), Y4), {}, TypeError, "expected numbers"),
    ((X4, Y4.astype(complex)), {}, TypeError, "complex"),
])
def test_mistakes_are_refused_with_words(data, fields, error, words):
    with pytest.raises(error, match=words):
        gradus.train(data, **{"progress": False, **fields})
