"""MLPClassifier and MLPRegressor: scikit-learn's parameters, attributes and rules over gradus' training, and what was missing there."""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d, compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target, unique_labels

from ._base_mlp import BaseMLP
from ._documentation import documented
from ._parameters import BOOL, NONE, choice, either, real
from ._sklearn_compat import validate_data

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from typing_extensions import Self


def fitted_binarizer(y):
    """LabelBinarizer().fit(y), which takes as long as an epoch of a small table; of whole numbers its answer is plain."""
    binarizer = LabelBinarizer()
    if y.ndim != 1 or y.dtype.kind not in "biu":
        return binarizer.fit(y)
    binarizer.classes_ = np.unique(y)
    binarizer.y_type_ = "binary" if len(binarizer.classes_) <= 2 else "multiclass"
    binarizer.sparse_input_ = False
    return binarizer


@documented(score="accuracy", own="""
    class_weight : dict, 'balanced' or None, default=None
        What the samples of each class count in the loss, as in other classifiers of scikit-learn.
    stratify : bool or None, default=None
        Whether the validation part has the classes' shares. None: as scikit-learn's, of two classes alone.""")
class MLPClassifier(ClassifierMixin, BaseMLP):
    """Multi-layer perceptron classifier with scikit-learn's interface.

    The parameters that scikit-learn's MLPClassifier has mean what they mean there. k > 2 classes have k outputs with softmax, two classes
    and several labels at once sigmoids. classes_ holds the labels after fit.
    """

    _own_rules = {"class_weight": either(NONE, choice("balanced"), ("a dict", lambda value: isinstance(value, dict))),
                  "stratify": either(NONE, BOOL)}

    def __init__(self, hidden_layer_sizes=(100,), activation="relu", *, solver="adam", alpha=0.0001, batch_size="auto",
                 learning_rate="constant", learning_rate_init=0.001, power_t=0.5, max_iter=200, shuffle=True, random_state=None,
                 tol=1e-4, verbose=False, warm_start=False, momentum=0.9, nesterovs_momentum=True, early_stopping=False,
                 validation_fraction=0.1, beta_1=0.9, beta_2=0.999, epsilon=1e-8, n_iter_no_change=10, max_fun=15000,
                 dropout=0.0, batch_normalization=False, schedule_options=None, weight_decay=None, decay=0.99, clip_norm=None,
                 callbacks=None, progress=False, n_jobs=None, class_weight=None, stratify=None):
        self._keep(locals())

    def _validate_input(self, X, y, incremental, reset):
        X, y = validate_data(self, X, y, accept_sparse=("csr", "csc"), multi_output=True, dtype=(np.float64, np.float32), reset=reset)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if not hasattr(self, "classes_") or (not self.warm_start and not incremental):
            self._label_binarizer = fitted_binarizer(y)
            self.classes_ = self._label_binarizer.classes_
            return X, y
        classes = unique_labels(y)
        if self.warm_start and not incremental:
            if set(classes) != set(self.classes_):
                raise ValueError("warm_start can only be used where `y` has the same classes as in the previous call to fit. Previously "
                                 f"got {self.classes_}, `y` has {classes}")
        else:
            self._check_classes(classes, "y")
        return X, y

    def _validate_held_out(self, X_val, y_val, dtype):
        X_val, y_val = validate_data(self, X_val, y_val, accept_sparse=("csr", "csc"), multi_output=True, dtype=dtype, reset=False)
        if y_val.ndim == 2 and not self._is_multilabel():
            y_val = column_or_1d(y_val, warn=True)
        self._check_classes(unique_labels(y_val), "y_val")
        return X_val, y_val

    def _check_classes(self, classes, name):
        if len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
            raise ValueError(f"`{name}` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. '{name}' has {classes}.")

    def _with_class_weight(self, y, sample_weight):
        if self.class_weight is None:
            return sample_weight
        by_class = compute_sample_weight(self.class_weight, y)
        return by_class if sample_weight is None else sample_weight * by_class

    def _is_multilabel(self):
        return self._label_binarizer.y_type_.startswith("multilabel")

    def _n_classes_outputs(self):
        return len(self.classes_) if len(self.classes_) > 2 else 1

    def _encode(self, y):
        """Class numbers (n,); of several labels at once 0 and 1 (n, labels)."""
        if self._is_multilabel():
            return np.asarray(self._label_binarizer.transform(y), dtype=np.float64)
        return np.searchsorted(self.classes_, y).astype(np.int32)

    def _stratifies(self):
        return self.n_outputs_ == 1 if self.stratify is None else self.stratify

    def _loss_name(self):
        return "softmax_cross_entropy" if self.n_outputs_ > 1 and not self._is_multilabel() else "binary_cross_entropy"

    def _slope_factor(self):
        return 1.0

    def _out_activation(self):
        return "softmax" if self._loss_name() == "softmax_cross_entropy" else "logistic"

    def _numbers(self, outputs):
        """As _encode() gives them, of the likeliest classes."""
        if self._is_multilabel():
            return (outputs > 0.5).astype(int)
        if len(self.classes_) == 1:
            return np.zeros(len(outputs), int)
        return (outputs[:, 0] > 0.5).astype(int) if outputs.shape[1] == 1 else outputs.argmax(axis=1)

    def _score_of(self, outputs, y, sample_weight):
        right = self._numbers(outputs) == y
        return float(np.average(right.all(axis=1) if right.ndim == 2 else right, weights=sample_weight))

    def predict(self, X: ArrayLike) -> NDArray:
        """The likeliest classes.

        Parameters
        ----------
        X : array (n, features)

        Returns
        -------
        array (n,) of labels; of several labels at once (n, labels) of 0 and 1
        """
        numbers = self._numbers(self._outputs(X))
        return numbers if numbers.ndim == 2 else self.classes_[numbers]

    def predict_proba(self, X: ArrayLike) -> NDArray:
        """Probabilities of the classes.

        Parameters
        ----------
        X : array (n, features)

        Returns
        -------
        array (n, classes), in the order of classes_; rows of several labels at once need not sum to 1
        """
        outputs = self._outputs(X)
        if outputs.shape[1] == 1:
            return np.hstack([1 - outputs, outputs]) if len(self.classes_) > 1 else np.ones_like(outputs)
        return outputs

    def predict_log_proba(self, X: ArrayLike) -> NDArray:
        """Natural logarithms of predict_proba(X), (n, classes)."""
        return np.log(self.predict_proba(X))

    @available_if(lambda self: self._check_solver())
    def partial_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None, classes: ArrayLike | None = None) -> Self:
        """One epoch over this data, the state of the optimizer kept.

        Parameters
        ----------
        X, y, sample_weight
            As in fit.
        classes : array, at the first call
            All that will ever come.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            As fit, and with early_stopping=True or a schedule that depends on the whole training.
        """
        if _check_partial_fit_first_call(self, classes):
            self._label_binarizer = LabelBinarizer()
            if type_of_target(y).startswith("multilabel"):
                self._label_binarizer.fit(y)
            else:
                self._label_binarizer.fit(classes)
        return self._fit(X, y, sample_weight, incremental=True)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.input_tags.sparse = True
        return tags


LOSSES = {"squared_error": "half_squared_error", "absolute_error": "mean_absolute_error", "huber": "huber", "poisson": "poisson"}


@documented(score="R2", own="""
    loss : str, default='squared_error'
        'squared_error' (half of it), 'absolute_error', 'huber', the mean over the outputs; 'poisson' (half the deviance, y >= 0, the
        network gives the logarithm of the rate), their sum.
    huber_delta : float, default=1.0
        Where 'huber' turns from squared to absolute.
    scikit_learn_gradient : bool, default=False
        With k > 1 outputs scikit-learn's gradient of the squared error is k times that of its loss (its issue 8349). False: the right
        one. True: theirs, to repeat a training to the digit.""")
class MLPRegressor(RegressorMixin, BaseMLP):
    """Multi-layer perceptron regressor with scikit-learn's interface.

    The parameters that scikit-learn's MLPRegressor has mean what they mean there; loss is the first.
    """

    _own_rules = {"scikit_learn_gradient": BOOL, "loss": choice(*LOSSES), "huber_delta": real(0, closed="neither")}

    def __init__(self, loss="squared_error", hidden_layer_sizes=(100,), activation="relu", *, solver="adam", alpha=0.0001,
                 batch_size="auto", learning_rate="constant", learning_rate_init=0.001, power_t=0.5, max_iter=200, shuffle=True,
                 random_state=None, tol=1e-4, verbose=False, warm_start=False, momentum=0.9, nesterovs_momentum=True,
                 early_stopping=False, validation_fraction=0.1, beta_1=0.9, beta_2=0.999, epsilon=1e-8, n_iter_no_change=10,
                 max_fun=15000, dropout=0.0, batch_normalization=False, schedule_options=None, weight_decay=None, decay=0.99,
                 clip_norm=None, callbacks=None, progress=False, n_jobs=None, huber_delta=1.0, scikit_learn_gradient=False):
        self._keep(locals())

    def _validate_input(self, X, y, incremental, reset, dtype=(np.float64, np.float32)):
        X, y = validate_data(self, X, y, accept_sparse=("csr", "csc"), multi_output=True, y_numeric=True, dtype=dtype, reset=reset)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if self.loss == "poisson" and np.min(y) < 0:
            raise ValueError("Some value(s) of y are out of the valid range of the loss 'poisson': y >= 0.")
        return X, y

    def _validate_held_out(self, X_val, y_val, dtype):
        X_val, y_val = self._validate_input(X_val, y_val, incremental=True, reset=False, dtype=dtype)
        outputs = y_val.shape[1] if y_val.ndim == 2 else 1
        if outputs != self.n_outputs_:
            raise ValueError(f"y_val has {outputs} outputs, y has {self.n_outputs_}")
        return X_val, y_val

    def _with_class_weight(self, y, sample_weight):
        return sample_weight

    def _encode(self, y):
        return np.asarray(y, dtype=np.float64).reshape(len(y), -1)

    def _stratifies(self):
        return False

    def _loss_name(self):
        return LOSSES[self.loss]

    def _slope_factor(self):
        return float(self.n_outputs_) if self.scikit_learn_gradient and self.loss == "squared_error" else 1.0

    def _out_activation(self):
        return "exp" if self.loss == "poisson" else "identity"

    def _score_of(self, outputs, y, sample_weight):
        return r2_score(y, outputs, sample_weight=sample_weight)

    def predict(self, X: ArrayLike) -> NDArray:
        """Values.

        Parameters
        ----------
        X : array (n, features)

        Returns
        -------
        array (n,), or with several outputs (n, outputs)
        """
        outputs = self._outputs(X)
        return outputs.ravel() if outputs.shape[1] == 1 else outputs

    @available_if(lambda self: self._check_solver())
    def partial_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """One epoch over this data, the state of the optimizer kept.

        Parameters
        ----------
        X, y, sample_weight
            As in fit.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            As fit, and with early_stopping=True or a schedule that depends on the whole training.
        """
        return self._fit(X, y, sample_weight, incremental=True)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
