"""Whatever comes in, a right answer or an error that says what is wrong; and the places where estimators live."""
import io
import subprocess
import sys
import textwrap
import warnings

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelBinarizer, StandardScaler

from gradus import MLPClassifier, MLPRegressor
from gradus._estimators import fitted_binarizer

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, Y = load_iris(return_X_y=True)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # five epochs are few
    EXPECTED = MLPClassifier((5,), random_state=0, max_iter=5).fit(X, Y)


def locked():
    array = X.copy()
    array.flags.writeable = False
    return array


@pytest.mark.parametrize("array", [
    np.asfortranarray(X), locked(), np.repeat(X, 2, axis=0)[::2], np.repeat(X, 3, axis=1)[:, ::3], X[::-1][::-1], X.astype(">f8"),
    X.astype(object), X.tolist(), np.pad(X, 2)[2:-2, 2:-2], np.frombuffer(b"x" + X.tobytes(), np.uint8)[1:].view(np.float64).reshape(X.shape),
], ids=["fortran", "read-only", "every other row", "every third column", "reversed", "big-endian", "object", "list", "window", "misaligned"])
def test_every_layout_of_memory_gives_the_same(array):
    model = MLPClassifier((5,), random_state=0, max_iter=5).fit(array, Y)
    assert model.loss_curve_ == EXPECTED.loss_curve_
    np.testing.assert_array_equal(EXPECTED.predict_proba(array), EXPECTED.predict_proba(X))


@pytest.mark.parametrize("kind", [np.float16, np.int8, np.uint64, np.longdouble])
def test_other_numbers_are_taken_as_double(kind):
    whole = np.round(X).astype(kind)
    model = MLPClassifier((5,), random_state=0, max_iter=5).fit(whole, Y)
    assert model.coefs_[0].dtype == np.float64
    assert model.loss_curve_ == MLPClassifier((5,), random_state=0, max_iter=5).fit(np.round(X), Y).loss_curve_


@pytest.mark.parametrize("bad, message", [
    (np.full((150, 4), np.inf), "infinity"), (X + 1j, "Complex"), (X[:, :0], "0 feature"), (X[:0], "0 sample"), (X[0], "2D array"), (X[None], "dim 3"),
    (None, "."), ("iris", "."), (np.full((150, 4), 1e308), "non-finite|overflow|diverge|."),
], ids=["infinite", "complex", "no columns", "no rows", "one row", "three dimensions", "None", "text", "huge"])
def test_bad_features_are_value_errors(bad, message):
    with pytest.raises((ValueError, TypeError), match=message):
        MLPClassifier((5,), max_iter=3).fit(bad, Y)


@pytest.mark.parametrize("bad", [None, Y.astype(float) + 0.5, np.full(150, np.nan), Y[:-1], Y[:, None, None], [None] * 150], ids=[
    "None", "values", "NaN", "shorter", "three dimensions", "Nones"])
def test_bad_labels_are_value_errors(bad):
    with pytest.raises((ValueError, TypeError)):
        MLPClassifier((5,), max_iter=3).fit(X, bad)


@pytest.mark.parametrize("bad", [None, np.full(150, np.inf), Y[:-1], ["one"] * 150], ids=["None", "infinite", "shorter", "text"])
def test_bad_values_are_value_errors(bad):
    with pytest.raises((ValueError, TypeError)):
        MLPRegressor(hidden_layer_sizes=(5,), max_iter=3).fit(X, bad)


@pytest.mark.parametrize("weight", [np.ones(149), np.zeros(150), np.full(150, np.nan), ["a"] * 150, np.ones((150, 2))])
def test_bad_weights_are_value_errors(weight):
    with pytest.raises(ValueError):
        MLPClassifier((5,), max_iter=3).fit(X, Y, sample_weight=weight)


@pytest.mark.parametrize("name, value", [
    ("hidden_layer_sizes", (2.5,)), ("hidden_layer_sizes", "big"), ("hidden_layer_sizes", (10 ** 12,)), ("hidden_layer_sizes", (2 ** 70,)),
    ("alpha", np.inf), ("alpha", "small"), ("learning_rate_init", -1), ("learning_rate_init", np.nan), ("max_iter", 1.5), ("batch_size", -5),
    ("batch_size", True), ("dropout", -0.1), ("dropout", (0.1, 0.1)), ("clip_norm", 0), ("weight_decay", -1), ("decay", 1.0), ("decay", None),
    ("schedule_options", ["every"]), ("progress", "loud"), ("n_jobs", 1.5), ("batch_normalization", "yes"), ("tol", None), ("power_t", -1),
    ("solver", None), ("solver", ["adam"]), ("random_state", "seed"), ("n_iter_no_change", -np.inf), ("callbacks", "log"), ("stratify", "yes"),
])
def test_parameters_out_of_their_range_are_value_errors(name, value):
    with pytest.raises((ValueError, MemoryError)):
        MLPClassifier(**{"hidden_layer_sizes": (5,), "max_iter": 3, name: value}).fit(X, Y)


def test_huge_numbers_that_are_allowed_end():
    model = MLPClassifier((5,), batch_size=10 ** 15, n_iter_no_change=10 ** 15, tol=1e300, random_state=0, max_iter=3)
    with pytest.warns(UserWarning, match="clipped"):
        model.fit(X, Y)
    assert model.n_iter_ == 3
    assert MLPClassifier((5,), max_iter=10 ** 12, tol=1e300, random_state=0).fit(X, Y).n_iter_ == 12


@pytest.mark.parametrize("spoil", [
    lambda model: model.coefs_.pop(), lambda model: setattr(model, "coefs_", [coef[:-1] for coef in model.coefs_]),
    lambda model: setattr(model, "activation", ("relu", "relu")), lambda model: model.intercepts_.__setitem__(0, np.ones((3, 2))),
], ids=["too few", "another size", "too many activations", "another shape"])
def test_weights_that_do_not_fit_are_value_errors_and_no_crash(spoil):
    model = MLPClassifier((5,), random_state=0, max_iter=2).fit(X, Y)
    spoil(model)
    with pytest.raises((ValueError, TypeError)):
        model.predict(X)


@pytest.mark.parametrize("when", ["in the first epoch", "in a later epoch", "between epochs"])
def test_ctrl_c_ends_the_training_cleanly(when):
    program = textwrap.dedent("""
        import os, signal, sys, threading, warnings
        import numpy as np
        from gradus import MLPClassifier
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job begins with it ignored
        when = sys.argv[1]
        interrupt = lambda: os.kill(os.getpid(), signal.SIGINT)
        soon = lambda: threading.Timer(0.05, interrupt).start()

        class Interrupted(MLPClassifier):
            def _start_training(self):
                super()._start_training()
                if when == "in the first epoch":
                    soon()

        def callback(record):
            if record.epoch == 3 and when != "in the first epoch":
                interrupt() if when == "between epochs" else soon()

        n = 200_000 if when == "in the first epoch" else 2000
        X = np.random.default_rng(0).random((n, 100), np.float32); y = np.arange(n) % 7
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model = Interrupted((128, 128), max_iter=10 ** 6, n_iter_no_change=np.inf, callbacks=[callback]).fit(X, y)
        assert [str(w.message) for w in caught] == ["Training interrupted by user."], caught
        assert model.predict(X[:5]).shape == (5,)
        assert (model.n_iter_ == 0) == (when == "in the first epoch"), model.n_iter_
    """)
    done = subprocess.run([sys.executable, "-c", program, when], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_pandas_data_frames_in_and_out():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c", "d"])
    named = MLPClassifier((5,), random_state=0, max_iter=5).fit(frame, pandas.Series(Y, name="species"))
    assert named.loss_curve_ == EXPECTED.loss_curve_
    assert named.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    with pytest.raises(ValueError, match="feature names"):
        named.predict(frame[["b", "a", "c", "d"]])
    scaler = make_column_transformer((StandardScaler(), ["a", "b"]), remainder="passthrough").set_output(transform="pandas")
    pipeline = make_pipeline(scaler, MLPClassifier((5,), random_state=0, max_iter=5)).fit(frame, Y)
    assert pipeline[-1].feature_names_in_[0].endswith("a")
    assert pipeline.predict(frame).shape == (150,)


def test_polars_data_frames_in():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(X, schema=["a", "b", "c", "d"])
    model = MLPClassifier((5,), random_state=0, max_iter=5).fit(frame, Y)
    assert model.loss_curve_ == EXPECTED.loss_curve_
    np.testing.assert_array_equal(model.predict(frame), EXPECTED.predict(X))


def test_searches_in_two_processes_give_what_one_gives():
    grid = {"mlpclassifier__dropout": [0.0, 0.2], "mlpclassifier__activation": ["tanh", ("relu", "gelu")]}
    pipeline = make_pipeline(StandardScaler(), MLPClassifier((5, 4), random_state=0, max_iter=20))
    one, two = (GridSearchCV(pipeline, grid, cv=3, n_jobs=jobs).fit(X, Y) for jobs in (1, 2))
    np.testing.assert_array_equal(one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"])
    assert clone(two.best_estimator_).get_params()["mlpclassifier__dropout"] == two.best_params_["mlpclassifier__dropout"]
    assert cross_val_predict(pipeline, X, Y, n_jobs=2).shape == (150,)


def test_joblib_keeps_it():
    model = MLPClassifier((5,), batch_normalization=True, random_state=0, max_iter=5).fit(X, Y)
    buffer = io.BytesIO()
    joblib.dump(model, buffer)
    buffer.seek(0)
    np.testing.assert_array_equal(joblib.load(buffer).predict_proba(X), model.predict_proba(X))


def test_a_subclass_with_parameters_of_its_own():
    class Named(MLPClassifier):
        def __init__(self, hidden_layer_sizes=(5,), label="x", **settings):
            super().__init__(hidden_layer_sizes, **settings)
            self.label = label

        @classmethod
        def _get_param_names(cls):
            return sorted([*MLPClassifier._get_param_names(), "label"])

    model = clone(Named(label="y", max_iter=5, random_state=0)).fit(X, Y)
    assert model.label == "y"
    assert model.loss_curve_ == EXPECTED.loss_curve_


@pytest.mark.parametrize("y", [[3, 1, 2], [True, False], [0, 1, 1], [5], ["a", "b"], [[0, 1], [1, 1]]], ids=str)
def test_the_binarizer_is_as_scikit_learn_fits_it(y):
    ours, theirs = (vars(made) for made in (fitted_binarizer(np.array(y)), LabelBinarizer().fit(np.array(y))))
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        np.testing.assert_array_equal(ours[name], value)
