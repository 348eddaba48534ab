"""Estimators from and to scikit-learn's, and from and to model files."""
from __future__ import annotations

import copy
import os
from typing import TYPE_CHECKING

import numpy as np
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.validation import check_is_fitted

from . import _core
from ._estimators import LOSSES, MLPClassifier, MLPRegressor
from ._parameters import ACTIVATIONS, per_layer

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

_SKLEARN_ACTIVATIONS = {"identity": "identity", "sigmoid": "logistic", "tanh": "tanh", "relu": "relu"}
_FITTED = ("coefs_", "intercepts_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_", "feature_names_in_", "classes_",
           "_label_binarizer", "n_iter_", "t_", "loss_", "loss_curve_", "best_loss_", "validation_scores_", "best_validation_score_",
           "_no_improvement_count")


def from_sklearn(mlp: BaseEstimator) -> MLPClassifier | MLPRegressor:
    """A gradus estimator with the parameters and weights of a fitted one of scikit-learn, and equal predictions.

    Parameters
    ----------
    mlp : sklearn.neural_network.MLPClassifier or MLPRegressor
        Fitted. The state of its optimizer stays behind.

    Raises
    ------
    TypeError
        For any other object.
    """
    from sklearn.neural_network import MLPClassifier as TheirClassifier
    from sklearn.neural_network import MLPRegressor as TheirRegressor
    if not isinstance(mlp, (TheirClassifier, TheirRegressor)):
        raise TypeError(f"expected a MLPClassifier or MLPRegressor of scikit-learn, got {type(mlp).__name__}")
    check_is_fitted(mlp)
    estimator = (MLPClassifier if isinstance(mlp, TheirClassifier) else MLPRegressor)(**mlp.get_params(deep=False))
    _copy_fitted(mlp, estimator)
    estimator.validation_loss_curve_ = None
    return _ready_to_go_on(estimator)


def to_sklearn(estimator: MLPClassifier | MLPRegressor) -> BaseEstimator:
    """See MLPClassifier.to_sklearn(). Settings of the training that scikit-learn does not know stay at its defaults."""
    import sklearn.neural_network as theirs
    check_is_fitted(estimator)
    names = {ACTIVATIONS[name] for name in per_layer("activation", estimator.activation, len(estimator.coefs_) - 1)} or {"relu"}
    if len(names) > 1 or not names <= set(_SKLEARN_ACTIVATIONS):
        raise ValueError(f"activation={estimator.activation!r}: scikit-learn has one of {list(_SKLEARN_ACTIVATIONS.values())} for all layers")
    if estimator.batch_normalization:
        raise ValueError("batch_normalization=True: scikit-learn has none")
    kind = theirs.MLPClassifier if isinstance(estimator, MLPClassifier) else theirs.MLPRegressor
    known = {"solver": ("lbfgs", "sgd", "adam"), "learning_rate": ("constant", "invscaling", "adaptive"), "loss": ("squared_error", "poisson")}
    parameters = {name: value for name, value in estimator.get_params(deep=False).items()
                  if name in kind._get_param_names() and (name not in known or value in known[name])}
    parameters["activation"] = _SKLEARN_ACTIVATIONS[names.pop()]
    mlp = kind(**parameters)
    _copy_fitted(estimator, mlp)
    return mlp


def _copy_fitted(source, target):
    for name in _FITTED:
        if hasattr(source, name):
            setattr(target, name, copy.deepcopy(getattr(source, name)))


def _ready_to_go_on(estimator):
    estimator._optimizer_memory = None
    estimator._rate = estimator.learning_rate_init
    return estimator


def save(estimator: MLPClassifier | MLPRegressor, path: str | os.PathLike) -> None:
    """See MLPClassifier.save()."""
    check_is_fitted(estimator)
    classes = [] if isinstance(estimator, MLPRegressor) else _texts_of(estimator)
    if not classes and estimator.n_outputs_ != 1:
        raise ValueError(f"a model file predicts one value for each row, this network {estimator.n_outputs_}")
    names = getattr(estimator, "feature_names_in_", None)
    names = [f"x{i}" for i in range(estimator.n_features_in_)] if names is None else [str(name) for name in names]
    _core.save_estimator(os.fspath(path), estimator._settings(), estimator._tensors(), names, classes)


def _texts_of(classifier):
    """Class names as the command line writes them: numbers in their shortest form."""
    if classifier._is_multilabel() or len(classifier.classes_) < 2:
        raise ValueError("a model file predicts one of several classes for each row")
    numeric = classifier.classes_.dtype.kind == "f"
    return [np.format_float_positional(name, trim="-") if numeric else str(name) for name in classifier.classes_]


def load(path: str | os.PathLike) -> MLPClassifier | MLPRegressor:
    """A fitted estimator from a model file: what save() wrote, or a network of another program that is one of these.

    Parameters
    ----------
    path : str or os.PathLike
        Ends in .safetensors, .npz or .onnx.

    Returns
    -------
    MLPClassifier or MLPRegressor
        With the parameters of its network; those of its training are the defaults.

    Raises
    ------
    ValueError
        For a file that is none or is damaged, and for models that scale their inputs or their target.
    """
    found = _core.load_estimator(os.fspath(path))
    network = {"hidden_layer_sizes": tuple(found["widths"][1:-1]), "activation": _one_or_all(found["activations"], "relu"),
               "dropout": _one_or_all(found["dropout"], 0.0), "batch_normalization": found["batch_normalization"]}
    if found["classes"]:
        estimator = _classifier(MLPClassifier(**network), found)
    else:
        estimator = _regressor(network, found)
    estimator.n_outputs_ = found["widths"][-1]
    estimator._take(found["tensors"])
    estimator.n_layers_ = len(found["widths"])
    estimator.n_features_in_ = found["widths"][0]
    if found["feature_names"] != [f"x{i}" for i in range(estimator.n_features_in_)]:
        estimator.feature_names_in_ = np.array(found["feature_names"], dtype=object)
    estimator.out_activation_ = estimator._out_activation()
    estimator.n_iter_ = estimator.t_ = estimator._no_improvement_count = 0
    estimator.loss_curve_ = []
    estimator.best_loss_ = np.inf
    estimator.validation_loss_curve_ = estimator.validation_scores_ = estimator.best_validation_score_ = None
    return _ready_to_go_on(estimator)


def _one_or_all(entries, default):
    """One value where all are the same."""
    return tuple(entries) if len(set(entries)) > 1 else (entries[0] if entries else default)


def _classifier(estimator, found):
    if found["loss"] not in ("softmax_cross_entropy", "binary_cross_entropy"):
        raise ValueError(f"the model's loss is {found['loss']}: no network of MLPClassifier")
    if len(found["classes"]) == 2 and found["loss"] == "softmax_cross_entropy":
        raise ValueError("the model has two outputs for two classes, MLPClassifier has one")
    estimator._label_binarizer = LabelBinarizer().fit(_labels_of(found["classes"]))
    estimator.classes_ = _labels_of(found["classes"])
    return estimator


def _labels_of(texts):
    """Numbers where all names are numbers."""
    for kind in (np.int64, np.float64):
        try:
            return np.array([kind(text) for text in texts])
        except ValueError:
            continue
    return np.array(texts)


def _regressor(network, found):
    losses = {name: loss for loss, name in LOSSES.items()}
    if found["loss"] not in losses and found["loss"] != "mean_squared_error":
        raise ValueError(f"the model's loss is {found['loss']}: no network of MLPRegressor")
    return MLPRegressor(loss=losses.get(found["loss"], "squared_error"), huber_delta=found["huber_delta"], **network)
