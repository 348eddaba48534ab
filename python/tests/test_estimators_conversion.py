"""Estimators from and to scikit-learn's, and from and to model files, with equal predictions."""
import json
import os
import pathlib
import pickle
import subprocess

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, make_multilabel_classification
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.preprocessing import StandardScaler

import gradus
from gradus import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
PROGRAM = pathlib.Path(os.environ.get("GRADUS_PROGRAM", "gradus"))


def scaled(load):
    X, y = load(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def classes_of(kind):
    if kind == "two":
        return scaled(load_breast_cancer)
    if kind == "labels":
        return make_multilabel_classification(n_samples=150, random_state=0)
    X, y = scaled(load_iris)
    return X, np.array(["setosa", "versicolor", "virginica"])[y]


@pytest.mark.parametrize("kind", ["two", "three", "labels"])
@pytest.mark.parametrize("activation", ["relu", "logistic", "tanh", "identity"])
def test_a_classifier_comes_and_goes_with_equal_predictions(kind, activation):
    X, y = classes_of(kind)
    theirs = TheirClassifier((8, 7), activation, random_state=0, max_iter=20).fit(X, y)
    ours = gradus.from_sklearn(theirs)
    back = ours.to_sklearn()
    for model in (ours, back):
        np.testing.assert_array_equal(model.predict(X), theirs.predict(X))
        np.testing.assert_allclose(model.predict_proba(X), theirs.predict_proba(X), rtol=0, atol=1e-12)
        assert model.classes_.tolist() == theirs.classes_.tolist()
        assert model.score(X, y) == theirs.score(X, y)
        assert model.loss_curve_ == theirs.loss_curve_
    assert isinstance(ours, MLPClassifier) and isinstance(back, TheirClassifier)
    assert back.get_params() == theirs.get_params()


@pytest.mark.parametrize("outputs", [1, 3])
def test_a_regressor_comes_and_goes_with_equal_predictions(outputs):
    X, y = scaled(load_diabetes)
    Y = np.column_stack([y] * outputs) / 100 if outputs > 1 else y / 100
    theirs = TheirRegressor(hidden_layer_sizes=(8,), random_state=0, max_iter=20).fit(X, Y)
    for model in (gradus.from_sklearn(theirs), gradus.from_sklearn(theirs).to_sklearn()):
        np.testing.assert_allclose(model.predict(X), theirs.predict(X), rtol=1e-12, atol=1e-12)


def test_converted_ones_are_copies_that_can_go_on():
    X, y = classes_of("three")
    theirs = TheirClassifier((8,), random_state=0, max_iter=5).fit(X, y)
    before = theirs.predict_proba(X)
    ours = gradus.from_sklearn(theirs)
    ours.partial_fit(X, y)
    ours.to_sklearn().partial_fit(X, y)
    pickle.loads(pickle.dumps(ours)).partial_fit(X, y)
    np.testing.assert_array_equal(theirs.predict_proba(X), before)
    ours.set_params(warm_start=True, max_iter=3).fit(X, y)
    assert len(ours.loss_curve_) == 5 + 1 + 3


def test_what_scikit_learn_does_not_have_is_named():
    X, y = classes_of("three")
    for settings, name in (({"activation": "gelu"}, "activation"), ({"activation": ("relu", "tanh")}, "activation"),
                           ({"batch_normalization": True}, "batch_normalization")):
        with pytest.raises(ValueError, match=name):
            MLPClassifier((4, 4), max_iter=1, **settings).fit(X, y).to_sklearn()
    mine = MLPClassifier((4, 4), ("sigmoid", "logistic"), solver="adamw", learning_rate="cosine", dropout=0.1, random_state=0, max_iter=5)
    theirs = mine.fit(X, y).to_sklearn()
    np.testing.assert_allclose(theirs.predict_proba(X), mine.predict_proba(X), rtol=0, atol=1e-12)
    with pytest.raises(TypeError, match="expected a MLPClassifier or MLPRegressor of scikit-learn, got StandardScaler"):
        gradus.from_sklearn(StandardScaler())


ESTIMATORS = [
    MLPClassifier((8, 7), ("tanh", "gelu"), random_state=0, max_iter=5),
    MLPClassifier((8, 7), batch_normalization=True, dropout=0.25, random_state=0, max_iter=5),
    MLPClassifier((), random_state=0, max_iter=5),
]


@pytest.mark.parametrize("ending", [".safetensors", ".npz", ".onnx"])
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
@pytest.mark.parametrize("kind", ["two", "three"])
def test_a_model_file_gives_the_classifier_back(estimator, kind, ending, tmp_path):
    X, y = classes_of(kind)
    X = X.astype(np.float32)
    fitted = estimator.fit(X, y)
    fitted.save(tmp_path / ("model" + ending))
    found = gradus.load(tmp_path / ("model" + ending))
    np.testing.assert_array_equal(found.predict_proba(X), fitted.predict_proba(X))
    np.testing.assert_array_equal(found.predict(X), fitted.predict(X))
    assert found.classes_.dtype.kind == fitted.classes_.dtype.kind
    assert found.partial_fit(X, y).t_ == len(X)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", "poisson"])
def test_a_model_file_gives_the_regressor_back(loss, tmp_path):
    X, y = scaled(load_diabetes)
    fitted = MLPRegressor(loss, (8,), random_state=0, max_iter=5, huber_delta=0.5).fit(X, y / 100)
    fitted.save(str(tmp_path / "model.safetensors"))
    found = gradus.load(str(tmp_path / "model.safetensors"))
    np.testing.assert_array_equal(found.predict(X), fitted.predict(X))
    assert (found.loss, found.huber_delta) == (loss, 0.5 if loss == "huber" else found.huber_delta)


def test_names_of_features_travel_and_classes_may_be_numbers(tmp_path):
    pandas = pytest.importorskip("pandas")
    X, y = load_iris(return_X_y=True)
    frame = pandas.DataFrame(X, columns=["a", "b", "c", "d"])
    fitted = MLPClassifier((4,), random_state=0, max_iter=5).fit(frame, 2.0 * y)
    fitted.save(tmp_path / "model.npz")
    found = gradus.load(tmp_path / "model.npz")
    assert found.classes_.tolist() == [0, 2, 4]
    assert found.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    with pytest.raises(ValueError, match="feature names"):
        found.predict(frame.rename(columns={"a": "z"}))


def test_what_a_model_file_cannot_hold_is_refused_before_it_is_written(tmp_path):
    X, Y = make_multilabel_classification(n_samples=50, random_state=0)
    with pytest.raises(ValueError, match="one of several classes"):
        MLPClassifier(max_iter=1).fit(X, Y).save(tmp_path / "model.npz")
    with pytest.raises(ValueError, match="one value for each row, this network 5"):
        MLPRegressor(max_iter=1).fit(X, Y).save(tmp_path / "model.npz")
    fitted = MLPRegressor(max_iter=1).fit(X, Y[:, 0])
    with pytest.raises(ValueError, match="pickle"):
        fitted.save(tmp_path / "model.pickle")
    with pytest.raises(ValueError, match="not fitted"):
        MLPRegressor().save(tmp_path / "model.npz")
    assert list(tmp_path.iterdir()) == []


def test_damaged_and_foreign_files_are_errors(tmp_path):
    X, y = classes_of("three")
    path = tmp_path / "model.safetensors"
    MLPClassifier((4,), max_iter=1).fit(X, y).save(path)
    content = path.read_bytes()
    path.write_bytes(content[:-4])
    with pytest.raises(ValueError, match="model.safetensors"):
        gradus.load(path)
    path.write_bytes(content.replace(b'"format_version":"1"', b'"format_version":"9"'))
    with pytest.raises(ValueError, match="format version 9"):
        gradus.load(path)
    with pytest.raises((ValueError, OSError), match="nowhere.npz"):
        gradus.load(tmp_path / "nowhere.npz")


@pytest.mark.skipif(not PROGRAM.is_file(), reason="GRADUS_PROGRAM does not name the command line")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["two", "three"])
def test_the_command_line_predicts_the_same_bits(kind, dtype, tmp_path):
    X, y = classes_of(kind)
    X = X.astype(dtype)
    fitted = MLPClassifier((8,), random_state=0, max_iter=20).fit(X, y)
    fitted.save(tmp_path / "model.safetensors")
    np.savetxt(tmp_path / "data.csv", X, fmt="%.17g", delimiter=",", header=",".join(f"x{i}" for i in range(X.shape[1])), comments="")
    done = subprocess.run([PROGRAM, "predict", tmp_path / "model.safetensors", tmp_path / "data.csv", "--json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    rows = [row for row in rows if "prediction" in row]
    assert [row["prediction"] for row in rows] == [str(label) for label in fitted.predict(X)]
    last = np.array([list(row["probabilities"].values())[-1] for row in rows])
    np.testing.assert_array_equal(last.astype(dtype), fitted.predict_proba(X)[:, -1])
