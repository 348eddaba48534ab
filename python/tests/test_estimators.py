"""The estimators against scikit-learn's own: its checks, its curves to the digit, its rules; and what gradus adds."""
import pickle
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
import scipy.sparse
import sklearn
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import gradus
from gradus import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def scaled(load):
    X, y = load(return_X_y=True)
    return StandardScaler().fit_transform(X), y


@parametrize_with_checks([MLPClassifier(), MLPRegressor()])
def test_passes_scikit_learns_checks(estimator, check):
    check(estimator)


SOLVERS = [
    {"solver": "adam"},
    {"solver": "adam", "batch_size": 32, "alpha": 0.1, "beta_1": 0.8, "epsilon": 1e-4},
    {"solver": "sgd", "learning_rate_init": 0.01},
    {"solver": "sgd", "learning_rate_init": 0.01, "nesterovs_momentum": False, "shuffle": False},
    {"solver": "sgd", "learning_rate_init": 0.01, "momentum": 0.0},
    {"solver": "sgd", "learning_rate_init": 0.1, "learning_rate": "invscaling"},
    {"solver": "sgd", "learning_rate_init": 0.05, "learning_rate": "adaptive", "tol": 0.02, "n_iter_no_change": 2},
    {"solver": "adam", "early_stopping": True, "activation": "logistic", "learning_rate_init": 0.01},
    {"solver": "sgd", "early_stopping": True, "activation": "tanh", "hidden_layer_sizes": (20, 10)},
]


@pytest.mark.parametrize("load", [load_digits, load_iris, load_breast_cancer], ids=lambda load: load.__name__[5:])
@pytest.mark.parametrize("settings", SOLVERS, ids=str)
def test_the_classifiers_curve_is_scikit_learns(load, settings):
    X, y = scaled(load)
    settings = {"max_iter": 50, "random_state": 3, **settings}
    ours, theirs = MLPClassifier(**settings).fit(X, y), TheirClassifier(**settings).fit(X, y)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-6)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.t_ == theirs.t_
    assert ours.out_activation_ == theirs.out_activation_
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-5, atol=1e-9)
    if settings.get("early_stopping"):
        np.testing.assert_allclose(ours.validation_scores_, theirs.validation_scores_)
        assert ours.best_validation_score_ == pytest.approx(theirs.best_validation_score_)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_the_regressors_curve_is_scikit_learns(solver, outputs):
    X, y = scaled(load_diabetes)
    y = y / 100
    if outputs > 1:
        y = np.column_stack([y, y[::-1], 2 * y])
    settings = {"solver": solver, "max_iter": 50, "random_state": 3}
    ours = MLPRegressor(scikit_learn_gradient=True, **settings).fit(X, y)
    theirs = TheirRegressor(**settings).fit(X, y)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-6)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-5)


def test_poissons_formulas():
    X, y = scaled(load_diabetes)
    Y = np.column_stack([y // 40, y[::-1] // 30])
    settings = {"loss": "poisson", "alpha": 0.0, "random_state": 0, "batch_size": len(X)}
    losses = []

    def watch(record):
        rates = record.estimator.predict(X)
        logarithms = np.log(np.where(Y > 0, Y / rates, 1.0))
        losses.append((Y * logarithms - Y + rates).mean(axis=0).sum())

    model = MLPRegressor(max_iter=30, callbacks=[watch], **settings).fit(X, Y)
    np.testing.assert_allclose(model.loss_curve_[1:], losses[:-1], rtol=1e-10)
    assert losses[-1] < losses[0]
    assert model.out_activation_ == "exp"
    assert (model.predict(X) > 0).all()
    with pytest.raises(ValueError, match="out of the valid range of the loss 'poisson'"):
        MLPRegressor("poisson").fit(X, y - 1000)


@pytest.mark.skipif("loss" not in TheirRegressor().get_params(), reason="scikit-learn has it from 1.7 on")
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_poissons_curve_is_scikit_learns(solver):
    X, y = scaled(load_diabetes)
    settings = {"loss": "poisson", "solver": solver, "max_iter": 50, "random_state": 3, "learning_rate_init": 1e-3}
    ours = MLPRegressor(**settings).fit(X, y // 40)
    theirs = TheirRegressor(**settings).fit(X, y // 40)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-6)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-5)
    again = gradus.from_sklearn(theirs)
    np.testing.assert_allclose(again.predict(X), theirs.predict(X), rtol=1e-12)
    np.testing.assert_array_equal(again.to_sklearn().predict(X), theirs.predict(X))


def test_the_gradient_of_several_outputs_is_that_of_the_loss():
    X, y = scaled(load_diabetes)
    Y = np.column_stack([y, y, y]) / 100
    settings = {"solver": "sgd", "momentum": 0.0, "alpha": 0.0, "max_iter": 3, "random_state": 0, "shuffle": False, "batch_size": len(X)}
    three = MLPRegressor(learning_rate_init=0.03, **settings).fit(X, Y)
    theirs = TheirRegressor(learning_rate_init=0.01, **settings).fit(X, Y)  # three times too large a gradient
    np.testing.assert_allclose(three.loss_curve_, theirs.loss_curve_, rtol=1e-9)


def test_lbfgs_ends_as_low_as_scikit_learns():
    X, y = scaled(load_iris)
    ours = MLPClassifier(solver="lbfgs", random_state=1, max_iter=500).fit(X, y)
    theirs = TheirClassifier(solver="lbfgs", random_state=1, max_iter=500).fit(X, y)
    assert ours.loss_ <= 1.5 * theirs.loss_
    assert ours.score(X, y) == 1
    assert not hasattr(ours, "partial_fit")
    with pytest.warns(ConvergenceWarning, match="lbfgs failed to converge"):
        MLPClassifier(solver="lbfgs", random_state=1, max_iter=2).fit(X, y)


def test_several_labels_at_once():
    X, y = make_multilabel_classification(n_samples=200, random_state=0)
    settings = {"random_state": 0, "max_iter": 100}
    ours, theirs = MLPClassifier(**settings).fit(X, y), TheirClassifier(**settings).fit(X, y)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-6)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert ours.predict_proba(X).shape == y.shape


def test_sparse_input_gives_what_dense_input_gives():
    X, y = load_digits(return_X_y=True)
    dense = MLPClassifier(random_state=0, max_iter=5).fit(X, y)
    for form in (scipy.sparse.csr_matrix, scipy.sparse.csc_matrix):
        sparse = MLPClassifier(random_state=0, max_iter=5).fit(form(X), y)
        assert sparse.loss_curve_ == dense.loss_curve_
        np.testing.assert_array_equal(sparse.predict_proba(form(X)), dense.predict_proba(X))


def test_single_precision_stays_single():
    X, y = scaled(load_digits)
    classifier = MLPClassifier(random_state=0, max_iter=10).fit(X.astype(np.float32), y)
    assert {tensor.dtype for tensor in classifier.coefs_ + classifier.intercepts_} == {np.dtype(np.float32)}
    double = MLPClassifier(random_state=0, max_iter=10).fit(X, y)
    np.testing.assert_allclose(classifier.loss_curve_, double.loss_curve_, rtol=1e-3)


def test_every_number_of_threads_gives_the_same_bits():
    X, y = scaled(load_digits)
    fitted = [MLPClassifier((300,), n_jobs=jobs, random_state=0, max_iter=3).fit(X, y) for jobs in (None, 2, -1)]
    for other in fitted[1:]:
        assert other.loss_curve_ == fitted[0].loss_curve_
        np.testing.assert_array_equal(other.coefs_[0], fitted[0].coefs_[0])


def test_columns_in_fortran_order_and_read_only_arrays():
    X, y = scaled(load_iris)
    expected = MLPClassifier(random_state=0, max_iter=5).fit(X, y).loss_curve_
    locked = X.copy()
    locked.flags.writeable = False
    assert MLPClassifier(random_state=0, max_iter=5).fit(np.asfortranarray(X), y).loss_curve_ == expected
    assert MLPClassifier(random_state=0, max_iter=5).fit(locked, y).loss_curve_ == expected


def test_partial_fit_goes_on_after_pickling():
    X, y = scaled(load_iris)
    settings = {"random_state": np.random.RandomState(0), "shuffle": False}
    whole = MLPClassifier(**settings)
    settings["random_state"] = np.random.RandomState(0)
    parts = MLPClassifier(**settings)
    for _ in range(5):
        whole.partial_fit(X, y, classes=[0, 1, 2])
        parts = pickle.loads(pickle.dumps(parts.partial_fit(X, y, classes=[0, 1, 2])))
    assert whole.loss_curve_ == parts.loss_curve_
    np.testing.assert_array_equal(whole.coefs_[0], parts.coefs_[0])


def test_partial_fit_a_hundred_times_is_a_fit_of_a_hundred_epochs():
    X, y = scaled(load_iris)
    often = MLPClassifier(random_state=1, shuffle=False)
    for _ in range(100):
        often.partial_fit(X, y, classes=np.unique(y))
    once = MLPClassifier(random_state=1, shuffle=False, max_iter=100, tol=0, n_iter_no_change=np.inf).fit(X, y)
    np.testing.assert_array_equal(often.predict(X), once.predict(X))
    np.testing.assert_allclose(often.loss_curve_, once.loss_curve_, rtol=1e-12)


def test_partial_fit_refuses_early_stopping_and_new_classes():
    X, y = scaled(load_iris)
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
        MLPClassifier(early_stopping=True).partial_fit(X, y, classes=[0, 1, 2])
    classifier = MLPClassifier().partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="classes not in"):
        classifier.partial_fit(X, y + 5)


def test_warm_start_keeps_weights_and_appends():
    X, y = scaled(load_iris)
    classifier = MLPClassifier(warm_start=True, random_state=0, max_iter=5).fit(X, y)
    first = list(classifier.loss_curve_)
    classifier.fit(X, y)
    assert classifier.loss_curve_[:5] == first
    assert len(classifier.loss_curve_) == 10
    assert classifier.loss_curve_[5] < first[-1]
    with pytest.raises(ValueError, match="warm_start can only be used"):
        classifier.fit(X[:100], y[:100])


def test_class_weight_moves_the_boundary():
    X, y = scaled(load_breast_cancer)
    plain = MLPClassifier(random_state=0, max_iter=30).fit(X, y)
    heavy = MLPClassifier(random_state=0, max_iter=30, class_weight={0: 50, 1: 1}).fit(X, y)
    assert (heavy.predict(X) == 0).sum() > (plain.predict(X) == 0).sum()
    weights = np.where(y == 0, 50.0, 1.0)
    same = MLPClassifier(random_state=0, max_iter=30).fit(X, y, sample_weight=weights)
    assert same.loss_curve_ == heavy.loss_curve_


@pytest.mark.parametrize("name, value", [
    ("solver", "hadoken"), ("activation", "gulu"), ("momentum", 2), ("shuffle", "true"), ("alpha", -1), ("max_iter", 0), ("tol", np.nan),
    ("batch_size", 0), ("learning_rate", "fast"), ("hidden_layer_sizes", (10, 0)), ("hidden_layer_sizes", -1), ("beta_1", 1),
    ("validation_fraction", 1.0), ("n_iter_no_change", 0), ("n_jobs", 0), ("class_weight", "heavy"), ("epsilon", 0),
])
def test_a_wrong_parameter_is_named_at_fit(name, value):
    X, y = load_iris(return_X_y=True)
    classifier = MLPClassifier(**{name: value})
    with pytest.raises(ValueError, match=name):
        classifier.fit(X, y)


@pytest.mark.parametrize("X, y, message", [
    (np.full((10, 2), np.nan), np.arange(10) % 2, "NaN"),
    (np.ones((0, 2)), np.ones(0), "0 sample"),
    (np.ones(10), np.arange(10) % 2, "Expected 2D array"),
    (np.ones((10, 2)), np.arange(9) % 2, "inconsistent numbers of samples"),
    (np.array([["a", "b"]] * 10), np.arange(10) % 2, "could not convert string|dtype='numeric'"),
])
def test_bad_data_is_refused(X, y, message):
    with pytest.raises(ValueError, match=message):
        MLPClassifier().fit(X, y)


def test_a_wrong_width_is_refused_when_predicting():
    X, y = load_iris(return_X_y=True)
    classifier = MLPClassifier(max_iter=2).fit(X, y)
    with pytest.raises(ValueError, match="3 features, but MLPClassifier is expecting 4"):
        classifier.predict(X[:, :3])


def test_divergence_is_an_error():
    X, y = load_diabetes(return_X_y=True)
    with pytest.raises(ValueError, match="non-finite parameter weights"):
        MLPRegressor(solver="sgd", learning_rate_init=1e200, max_iter=50).fit(X * 1e6, y)


def test_a_column_vector_of_targets_is_taken_with_a_warning():
    X, y = load_iris(return_X_y=True)
    with pytest.warns(DataConversionWarning):
        MLPClassifier(max_iter=2).fit(X, y[:, None])


def test_stands_in_pipelines_searches_and_copies():
    X, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(max_iter=100, random_state=0))
    assert cross_val_score(pipeline, X, y, n_jobs=2).mean() > 0.9
    search = GridSearchCV(MLPClassifier(max_iter=20, random_state=0), {"alpha": [1e-4, 1e-2]}, cv=2).fit(X, y)
    assert search.best_params_["alpha"] in (1e-4, 1e-2)
    assert clone(search.best_estimator_).get_params() == search.best_estimator_.get_params()


def test_trains_in_several_threads_at_once():
    X, y = scaled(load_digits)
    expected = MLPClassifier(random_state=0, max_iter=10).fit(X, y).loss_curve_
    curves = []
    threads = [threading.Thread(target=lambda: curves.append(MLPClassifier(random_state=0, max_iter=10).fit(X, y).loss_curve_))
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert curves == [expected] * 4


def test_importing_gradus_leaves_scikit_learn_alone():
    program = "import sys, gradus; assert 'sklearn' not in sys.modules; gradus.MLPClassifier; assert 'sklearn' in sys.modules"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_says_what_it_computes_with():
    assert gradus.kernel_set() in ("avx512", "avx2", "neon", "scalar")
    assert gradus.numerics_version >= 3
