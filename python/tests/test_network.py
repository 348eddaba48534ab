"""Network: files, predictions, parameters; the same bits as the program; bad input."""
import copy
import csv
import io
import os
import pickle
import subprocess
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import gradus

PROGRAM = os.environ.get("GRADUS_PROGRAM")
needs_program = pytest.mark.skipif(not PROGRAM, reason="GRADUS_PROGRAM does not name the command-line program")


@pytest.fixture(scope="module")
def digits():
    return gradus.train("digits", hidden=[16], epochs=3, seed=5, progress=False)


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(0)
    y = np.repeat(["ash", "birch", "oak"], 40)
    X = rng.normal(size=(120, 4)) + 3 * (np.repeat([0, 1, 2], 40)[:, None] == np.arange(4))
    return X, y


@pytest.fixture(scope="module")
def trees(blobs):
    return gradus.train(blobs, hidden=[8], epochs=60, learning_rate=0.02, progress=False).network


def test_labels_and_probabilities(trees, blobs):
    X, y = blobs
    assert trees.task == "classification" and list(trees.classes) == ["ash", "birch", "oak"]
    probabilities = trees.predict_proba(X)
    assert probabilities.shape == (120, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(trees.predict(X), trees.classes[probabilities.argmax(axis=1)])
    assert np.mean(trees.predict(X) == y) > 0.5


def test_labels_keep_their_type(blobs):
    X, y = blobs
    whole = np.searchsorted(["ash", "birch", "oak"], y) + 3
    for labels in (whole, whole == 3, whole.astype(np.float32), list(y)):
        network = gradus.train((X, labels), task="classification", hidden=[4], epochs=1, progress=False).network
        assert set(network.predict(X)) <= set(labels)


def test_predictions_do_not_depend_on_the_layout_of_the_rows(trees, blobs):
    X = blobs[0]
    expected = trees.predict_proba(X)
    read_only = X.copy()
    read_only.flags.writeable = False
    padded = np.zeros((240, 8))
    padded[::2, ::2] = X
    for rows in (np.asfortranarray(X), read_only, padded[::2, ::2], X.astype(">f8"), X.tolist()):
        np.testing.assert_array_equal(trees.predict_proba(rows), expected)
    np.testing.assert_array_equal(np.concatenate([trees.predict_proba(row[None]) for row in X]), expected)


def test_threads_may_share_a_network(trees, blobs):
    X = blobs[0]
    expected = trees.predict_proba(X)
    with ThreadPoolExecutor(4) as threads:
        for probabilities in threads.map(lambda _: trees.predict_proba(X), range(40)):
            np.testing.assert_array_equal(probabilities, expected)


@pytest.mark.parametrize("ending", ["safetensors", "npz", "onnx"])
def test_saved_and_loaded_it_is_the_same(digits, tmp_path, ending):
    path = tmp_path / f"model.{ending}"
    digits.network.save(path)
    loaded = gradus.Network.load(path)
    assert loaded.weights_sha256 == digits.weights_sha256
    np.testing.assert_array_equal(loaded.predict_proba("digits"), digits.network.predict_proba("digits"))
    assert loaded.verify().held and gradus.verify(path).held
    assert str(gradus.verify(path)) == "verified: 3 golden rows hold"


def test_safetensors_open_with_the_reference_reader(blobs, tmp_path):
    reader = pytest.importorskip("safetensors")
    X = blobs[0].astype(np.float32)
    network = gradus.train(blobs, hidden=[8], activation="relu", standardize="none", epochs=5, progress=False).network
    network.save(tmp_path / "model.safetensors")
    with reader.safe_open(tmp_path / "model.safetensors", framework="numpy") as file:
        assert file.metadata()["format"] == "gradus"
        weights = {name: file.get_tensor(name) for name in file.keys()}
    assert sorted(weights) == ["0.bias", "0.weight", "2.bias", "2.weight"]  # of nn.Sequential(Linear, ReLU, Linear)
    hidden = np.maximum(X @ weights["0.weight"].T + weights["0.bias"], 0)
    logits = np.float64(hidden @ weights["2.weight"].T + weights["2.bias"])
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(network.predict_proba(X), expected, rtol=1e-5)


def test_convert_reads_again_what_it_wrote(digits, tmp_path):
    digits.network.save(tmp_path / "model.safetensors")
    verification = gradus.convert(tmp_path / "model.safetensors", tmp_path / "model.onnx")
    assert verification.held and verification.rows == 3
    assert list(verification.stages)[:2] == ["stage", "held"]
    with pytest.raises(ValueError, match="expected"):
        gradus.convert(tmp_path / "model.safetensors", tmp_path / "model.h5")


@needs_program
def test_predictions_are_the_programs_to_the_bit(digits, blobs, trees, tmp_path):
    digits.network.save(tmp_path / "digits.safetensors")
    trees.save(tmp_path / "trees.safetensors")
    np.savez(tmp_path / "trees.npz", X=blobs[0])
    for network, data, name in [(digits.network, "digits", "digits"), (trees, blobs[0], str(tmp_path / "trees.npz"))]:
        model = "digits" if network is digits.network else "trees"
        text = subprocess.run([PROGRAM, "predict", tmp_path / f"{model}.safetensors", name], capture_output=True, text=True, check=True).stdout
        rows = list(csv.DictReader(io.StringIO(text)))
        np.testing.assert_array_equal([row["prediction"] for row in rows], network.predict(data).astype(str))
        theirs = np.array([[float(value) for key, value in row.items() if key != "prediction"] for row in rows])
        np.testing.assert_array_equal(theirs, network.predict_proba(data))


def test_parameters_are_views_in_pytorchs_shapes(digits):
    parameters = digits.network.parameters
    assert {name: array.shape for name, array in parameters.items()} == {
        "0.weight": (16, 64), "0.bias": (16,), "2.weight": (10, 16), "2.bias": (10,)}
    assert all(array.dtype == np.float32 and array.base is not None for array in parameters.values())
    with pytest.raises(ValueError, match="read-only"):
        parameters["0.bias"][0] = 1


def test_views_outlive_their_network(blobs):
    bias = gradus.train(blobs, hidden=[4], epochs=1, progress=False).network.parameters["0.bias"]
    kept = bias.copy()
    for _ in range(3):
        gradus.train(blobs, hidden=[4], epochs=1, progress=False)
    np.testing.assert_array_equal(bias, kept)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_out_of_arrays(dtype):
    rng = np.random.default_rng(1)
    parameters = {"0.weight": rng.normal(size=(5, 3)), "0.bias": rng.normal(size=5), "2.weight": rng.normal(size=(2, 5)), "2.bias": rng.normal(size=2)}
    network = gradus.Network({name: array.astype(dtype) for name, array in parameters.items()}, "tanh", classes=["no", "yes"])
    assert [layer.kind for layer in network.layers] == ["dense", "tanh", "dense"] and network.dtype == dtype
    X = rng.normal(size=(7, 3))
    z = np.tanh(X @ parameters["0.weight"].T + parameters["0.bias"]) @ parameters["2.weight"].T + parameters["2.bias"]
    expected = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(network.predict_proba(X), expected, rtol=1e-5 if dtype == np.float32 else 1e-13)
    again = gradus.Network(network.parameters, "tanh", classes=["no", "yes"])
    assert again.weights_sha256 == network.weights_sha256


def test_copies_and_pickles(digits):
    for twin in (pickle.loads(pickle.dumps(digits.network)), copy.deepcopy(digits.network)):
        assert twin.weights_sha256 == digits.weights_sha256
        np.testing.assert_array_equal(twin.predict("digits"), digits.network.predict("digits"))


def test_evaluate_agrees_with_the_predictions(trees, blobs):
    X, y = blobs
    figures = trees.evaluate((X, y))
    assert figures["rows"] == 120
    assert figures["accuracy"] == np.mean(trees.predict(X) == y)
    assert figures["confusion"].sum() == 120 and np.trace(figures["confusion"]) == np.sum(trees.predict(X) == y)


@pytest.mark.parametrize(("data", "error", "words"), [
    (None, TypeError, "expected a name"),
    ((np.zeros((3, 4)),), TypeError, "expected a name"),
    ((np.zeros((3, 4)), ["ash", "elm", "oak"]), ValueError, "elm"),
    ((np.zeros((3, 4)), ["ash", "oak"]), ValueError, "rows"),
    ((np.zeros((3, 5)), ["ash", "oak", "oak"]), ValueError, "5"),
])
def test_bad_labelled_data_are_refused(trees, data, error, words):
    with pytest.raises(error, match=words):
        trees.evaluate(data)


def test_a_regression():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(200, 3))
    y = X @ [1.0, -2.0, 0.5] + 10
    result = gradus.train((X, y), hidden=[16], epochs=60, learning_rate=0.01, progress=False)
    assert result.figures["test_r2"] > 0.9 and set(result.report) == {"r2", "mae", "rmse"}
    assert result.network.predict(X).shape == (200,)
    assert result.network.evaluate((X, y))["r2"] > 0.9
    with pytest.raises(AttributeError, match="no probabilities"):
        result.network.predict_proba(X)


def test_data_frames_by_name():
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(3)
    frame = pandas.DataFrame({"size": rng.normal(size=150), "colour": rng.choice(["red", "blue"], 150), "old": rng.random(150) < 0.5})
    frame["kind"] = np.where((frame["size"] > 0) ^ frame["old"], "a", "b")
    frame.loc[3, "size"] = np.nan
    frame.loc[4, "colour"] = None
    network = gradus.train(frame, target="kind", hidden=[16], epochs=40, learning_rate=0.01, progress=False).network
    predictions = network.predict(frame[["old", "colour", "size"]])
    assert np.mean(predictions == frame["kind"]) > 0.8
    with pytest.raises(ValueError, match="colour"):
        network.predict(frame[["old", "size"]])


@pytest.mark.parametrize(("rows", "error", "words"), [
    (np.zeros((2, 5)), ValueError, "5.*4|4.*5"),
    (np.zeros((0, 4)), ValueError, "at least one"),
    (np.zeros(4), ValueError, "expected .samples, features"),
    (np.full((2, 4), np.nan), ValueError, r"X\[0, 0\] is nan"),
    (np.array([[1, 2, 3, np.inf]]), ValueError, r"X\[0, 3\] is inf"),
    (np.array([["a", "b", "c", "d"]]), TypeError, "expected numbers"),
    (np.zeros((2, 4), complex), TypeError, "expected numbers"),
    (None, TypeError, "expected numbers"),
])
def test_bad_rows_are_refused(trees, rows, error, words):
    with pytest.raises(error, match=words):
        trees.predict(rows)


def test_bad_files_are_refused(digits, tmp_path):
    with pytest.raises(FileNotFoundError):
        gradus.Network.load(tmp_path / "none.safetensors")
    with pytest.raises(ValueError):
        gradus.Network.load(tmp_path / "model.txt")
    path = tmp_path / "model.safetensors"
    digits.network.save(path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"format_version":"1"', b'"format_version":"9"'))
    with pytest.raises(ValueError, match="version|newer"):
        gradus.Network.load(path)
    path.write_bytes(content[:-4] + b"\xff\xff\xff\xff")
    with pytest.raises(ValueError, match="damaged|finite"):
        gradus.Network.load(path)
    for size in range(0, len(content), 997):
        path.write_bytes(content[:size])
        with pytest.raises(ValueError):
            gradus.Network.load(path)


@pytest.mark.parametrize(("parameters", "error"), [
    ({}, ValueError),
    ({"0.weight": np.zeros((2, 3))}, None),
    ({"0.weight": np.zeros((2, 3, 4))}, ValueError),
    ({"0.weight": np.full((2, 3), np.nan)}, ValueError),
    ({"0.weight": np.zeros((2, 3)), "2.weight": np.zeros((2, 4))}, ValueError),
    ({"0.weight": np.array([["a"]])}, TypeError),
])
def test_arrays_that_are_no_network_are_refused(parameters, error):
    if error is None:
        assert gradus.Network(parameters).predict(np.zeros((1, 3))) == 0
    else:
        with pytest.raises(error):
            gradus.Network(parameters)
