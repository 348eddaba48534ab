"""MLPClassifier and MLPRegressor: scikit-learn's parameters, attributes and rules over gradus' training.

Where scikit-learn and these estimators get the same random_state, they draw the same initial weights, the same validation part and the
same order of the samples, and compute the same formulas (user guide, section 1.17), so that loss_curve_ agrees.
"""
import numbers
import warnings

import numpy as np
import scipy.sparse as sparse
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import check_random_state, column_or_1d, compute_sample_weight, shuffle
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target, unique_labels
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from . import _core
from ._sklearn_compat import VERSION, InvalidParameterError, parse_version, validate_data

_ACTIVATIONS = {"identity": "identity", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu"}
_OPTIMIZERS = {"adam": "adam", "sgd": "sgd"}
_SMALLEST_RATE = 1e-6  # below which learning_rate="adaptive" stops


def _real(low, high=np.inf, closed="left"):
    """A number of the interval; `closed`: which ends belong to it."""
    def check(value):
        if not isinstance(value, numbers.Real) or isinstance(value, (bool, np.bool_)) or np.isnan(value):
            return False
        above = value >= low if closed in ("left", "both") else value > low
        return above and (value <= high if closed in ("right", "both") else value < high)
    ends = ("[" if closed in ("left", "both") else "(") + f"{low}, {high}" + ("]" if closed in ("right", "both") else ")")
    return f"a float in the range {ends}", check


def _integer(low):
    def check(value):
        return isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_)) and value >= low
    return f"an int of at least {low}", check


def _choice(*names):
    return f"a str among {set(names)}", lambda value: isinstance(value, str) and value in names


_BOOL = ("an instance of 'bool'", lambda value: isinstance(value, (bool, np.bool_)))


def _either(*rules):
    return " or ".join(text for text, _ in rules), lambda value: any(check(value) for _, check in rules)


_RULES = {
    "activation": _choice(*_ACTIVATIONS),
    "solver": _choice("lbfgs", "sgd", "adam"),
    "alpha": _real(0),
    "batch_size": _either(_choice("auto"), _integer(1)),
    "learning_rate": _choice("constant", "invscaling", "adaptive"),
    "learning_rate_init": _real(0, closed="neither"),
    "power_t": _real(0),
    "max_iter": _integer(1),
    "shuffle": _BOOL,
    "tol": _real(0),
    "verbose": _either(_BOOL, _integer(0)),
    "warm_start": _BOOL,
    "momentum": _real(0, 1, closed="both"),
    "nesterovs_momentum": _BOOL,
    "early_stopping": _BOOL,
    "validation_fraction": _real(0, 1),
    "beta_1": _real(0, 1),
    "beta_2": _real(0, 1),
    "epsilon": _real(0, closed="neither"),
    "n_iter_no_change": _either(_integer(1), ("inf", lambda value: value == np.inf)),
    "max_fun": _integer(1),
    "n_jobs": _either(("None", lambda value: value is None), ("an int but 0", lambda value: isinstance(value, numbers.Integral) and value != 0)),
}


class _BaseMLP(BaseEstimator):
    """What classifier and regressor share. All that a fitted one has learnt is in NumPy arrays, so that it can be copied and pickled."""

    def __init__(self, hidden_layer_sizes, activation, solver, alpha, batch_size, learning_rate, learning_rate_init, power_t,
                 max_iter, shuffle, random_state, tol, verbose, warm_start, momentum, nesterovs_momentum, early_stopping,
                 validation_fraction, beta_1, beta_2, epsilon, n_iter_no_change, max_fun, n_jobs):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.n_jobs = n_jobs

    # -- checking

    def _check_parameters(self):
        for name, (text, check) in {**_RULES, **self._own_rules}.items():
            value = getattr(self, name)
            if not check(value):
                raise InvalidParameterError(f"The {name!r} parameter of {type(self).__name__} must be {text}. Got {value!r} instead.")
        sizes = self.hidden_layer_sizes
        sizes = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
        if not all(isinstance(size, numbers.Integral) and size > 0 for size in sizes):
            raise InvalidParameterError(f"hidden_layer_sizes must be > 0, got {sizes}.")
        return [int(size) for size in sizes]

    def _check_X(self, X, reset=False):
        X = validate_data(self, X, accept_sparse=("csr", "csc"), reset=reset, **({} if reset else {"dtype": (np.float64, np.float32)}))
        return X

    def _threads(self):
        if self.n_jobs is None:
            return 1
        return 0 if self.n_jobs < 0 else int(self.n_jobs)

    # -- the network

    def _settings(self):
        widths = [self.coefs_[0].shape[0]] + [coef.shape[1] for coef in self.coefs_]
        return _core.Settings(widths, _ACTIVATIONS[self.activation], self._loss_name(), float(self.alpha), self._slope_factor())

    def _tensors(self):
        """Weights and biases, layer by layer, each flat."""
        return [np.ascontiguousarray(tensor).reshape(-1) for pair in zip(self.coefs_, self.intercepts_) for tensor in pair]

    def _take(self, tensors):
        self.coefs_, self.intercepts_ = list(tensors[0::2]), list(tensors[1::2])

    def _initialize(self, sizes, n_features, dtype):
        """Uniform in +-sqrt(f / (inputs + outputs)), f = 6, with the logistic function 2 (Glorot and Bengio 2010); weights, then biases."""
        widths = [n_features, *sizes, self.n_outputs_]
        self.n_layers_ = len(widths)
        factor = 2.0 if self.activation == "logistic" else 6.0
        self.coefs_, self.intercepts_ = [], []
        for inputs, outputs in zip(widths, widths[1:]):
            bound = np.sqrt(factor / (inputs + outputs))
            self.coefs_.append(self._random_state.uniform(-bound, bound, (inputs, outputs)).astype(dtype, copy=False))
            self.intercepts_.append(self._random_state.uniform(-bound, bound, outputs).astype(dtype, copy=False))
        self.t_ = 0
        self.n_iter_ = 0
        self.loss_curve_ = []
        self._no_improvement_count = 0
        self._optimizer_memory = None
        self._rate = self.learning_rate_init
        if self.early_stopping:
            self.validation_scores_ = []
            self.best_validation_score_ = -np.inf
            self.best_loss_ = None
        else:
            self.best_loss_ = np.inf
            self.validation_scores_ = None
            self.best_validation_score_ = None

    def _outputs(self, X):
        """What the last activation gives, (n, outputs)."""
        check_is_fitted(self)
        X = self._check_X(X)
        X = _dense(X, self.coefs_[0].dtype)
        outputs = _core.outputs(self._settings(), self._tensors(), X)
        return outputs if X.dtype == np.float32 or outputs.dtype == X.dtype else outputs.astype(X.dtype)

    # -- fitting

    def fit(self, X, y, sample_weight=None):
        """Fit the network to X (n, features) and y; returns self.

        sample_weight (n,) says what each row counts in the loss, non-negative and not all 0. Raises ValueError for parameters out of their
        range, for data that is empty, not finite or of another shape, and where training diverges.
        """
        return self._fit(X, y, sample_weight, incremental=False)

    def _fit(self, X, y, sample_weight, incremental):
        sizes = self._check_parameters()
        first = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
        X, y = self._validate_input(X, y, incremental, reset=first)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
            if not np.any(sample_weight > 0):
                raise ValueError("Sample weights must contain at least one non-zero number.")
        sample_weight = self._with_class_weight(y, sample_weight)
        y = self._encode(y)
        self.n_outputs_ = y.shape[1] if y.ndim == 2 else self._n_classes_outputs()
        dtype = X.dtype if X.dtype in (np.float32, np.float64) else np.float64
        self._random_state = check_random_state(self.random_state)
        if first:
            self._initialize(sizes, X.shape[1], dtype)
            self.out_activation_ = self._out_activation()
        if self.solver == "lbfgs":
            self._fit_lbfgs(_dense(X, dtype), y, sample_weight)
        else:
            self._fit_stochastic(X, y, sample_weight, dtype, incremental)
        # A step whose loss is not finite leaves the weights as they were.
        if not np.isfinite(self.loss_) or not all(np.isfinite(tensor).all() for tensor in self.coefs_ + self.intercepts_):
            raise ValueError("Solver produced non-finite parameter weights. The input data may contain large values and need to be "
                             "preprocessed.")
        return self

    def _fit_lbfgs(self, X, y, sample_weight):
        tensors, self.loss_, iterations, _, end = _core.minimize(
            self._settings(), self._tensors(), X, *_targets(y), sample_weight, self.max_iter, self.max_fun, float(self.tol))
        self._take(tensors)
        self.n_iter_ = iterations
        if end == "interrupted":
            warnings.warn("Training interrupted by user.")
        elif end in ("max_iter", "max_fun"):
            what = {"max_iter": "ITERATIONS", "max_fun": "EVALUATIONS"}[end]
            warnings.warn(f"lbfgs failed to converge after {iterations} iteration(s): TOTAL NO. OF {what} REACHED LIMIT.\n\nIncrease the "
                          "number of iterations (max_iter) or scale the data.", ConvergenceWarning)

    def _fit_stochastic(self, X, y, sample_weight, dtype, incremental):
        early_stopping = self.early_stopping and not incremental
        if self.early_stopping and incremental:
            raise ValueError("partial_fit does not support early_stopping=True")
        validation = None
        if early_stopping:
            X, validation, y, sample_weight = self._split(X, y, sample_weight)
        X = _dense(X, dtype)
        n_samples = len(X)
        batch_size = self._batch_size(n_samples)
        if not incremental or self._optimizer_memory is None:
            self._rate = self.learning_rate_init
            self._no_improvement_count = 0
            self._optimizer_memory = None
        training = self._training(dtype, batch_size)
        training.set_data(X, *_targets(y), sample_weight)
        if self._optimizer_memory is not None:
            training.restore(*self._optimizer_memory)
        best = None
        order = np.arange(n_samples)
        started_at = self.n_iter_ if incremental else 0
        if not incremental:
            self.n_iter_ = 0
        try:
            for self.n_iter_ in range(started_at + 1, started_at + (1 if incremental else self.max_iter) + 1):
                if self.shuffle:
                    order = shuffle(order, random_state=self._random_state)
                self.loss_ = training.epoch(order.astype(np.uint32), batch_size, self._rate)
                self.t_ += n_samples
                self.loss_curve_.append(self.loss_)
                if self.verbose:
                    print(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}")
                if early_stopping:
                    self._take(training.tensors())
                    best = self._watch_score(validation, best)
                else:
                    self._watch_loss()
                self._end_of_iteration(training)
                if self._no_improvement_count > self.n_iter_no_change:
                    if self._stops(early_stopping, training):
                        break
                    self._no_improvement_count = 0
                if not np.isfinite(self.loss_):
                    break
                if not incremental and self.n_iter_ == self.max_iter:
                    warnings.warn(f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the optimization hasn't "
                                  "converged yet.", ConvergenceWarning)
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.")
        self._take(best if best is not None else training.tensors())
        self._optimizer_memory = training.memory()

    def _training(self, dtype, batch_size):
        optimizer = self.solver
        if optimizer == "sgd" and self.momentum > 0:
            optimizer = "nesterov" if self.nesterovs_momentum else "momentum"
        kind = _core.TrainingFloat if dtype == np.float32 else _core.TrainingDouble
        return kind(self._settings(), optimizer, float(self.momentum), float(self.beta_1), float(self.beta_2), float(self.epsilon),
                    batch_size, self._threads(), self._tensors())

    def _batch_size(self, n_samples):
        if self.batch_size == "auto":
            return min(200, n_samples)
        if self.batch_size > n_samples:
            warnings.warn("Got `batch_size` less than 1 or larger than sample size. It is going to be clipped")
        return int(np.clip(self.batch_size, 1, n_samples))

    def _split(self, X, y, sample_weight):
        stratify = y if self._stratifies() else None
        parts = train_test_split(X, y, *(() if sample_weight is None else (sample_weight,)), random_state=self._random_state,
                                 test_size=self.validation_fraction, stratify=stratify)
        X, X_val, y, y_val = parts[:4]
        weight, weight_val = parts[4:] if sample_weight is not None else (None, None)
        if X_val.shape[0] < 2:
            raise ValueError("The validation set is too small. Increase 'validation_fraction' or the size of your dataset.")
        return X, (_dense(X_val, self.coefs_[0].dtype), self._decode(y_val), weight_val), y, weight

    def _watch_score(self, validation, best):
        score = self._score_of(*validation)
        self.validation_scores_.append(score)
        if self.verbose:
            print(f"Validation score: {score:f}")
        if score < self.best_validation_score_ + self.tol:
            self._no_improvement_count += 1
        else:
            self._no_improvement_count = 0
        if score > self.best_validation_score_:
            self.best_validation_score_ = score
            best = [tensor for pair in zip(self.coefs_, self.intercepts_) for tensor in pair]
        return best

    def _watch_loss(self):
        if self.loss_ > self.best_loss_ - self.tol:
            self._no_improvement_count += 1
        else:
            self._no_improvement_count = 0
        if self.loss_ < self.best_loss_:
            self.best_loss_ = self.loss_

    def _change_rate(self, training, rate):
        if self.solver == "sgd" and self.momentum > 0:
            training.scale_velocity(self._rate / rate)
        self._rate = rate

    def _end_of_iteration(self, training):
        if self.solver == "sgd" and self.learning_rate == "invscaling":
            self._change_rate(training, float(self.learning_rate_init) / (self.t_ + 1) ** self.power_t)

    def _stops(self, early_stopping, training):
        what = "Validation score" if early_stopping else "Training loss"
        message = f"{what} did not improve more than tol={self.tol:f} for {self.n_iter_no_change} consecutive epochs."
        if self.solver == "sgd" and self.learning_rate == "adaptive":
            if self._rate > _SMALLEST_RATE:
                self._change_rate(training, self._rate / 5)
                if self.verbose:
                    print(f"{message} Setting learning rate to {self._rate:f}")
                return False
            message += " Learning rate too small."
        if self.verbose:
            print(f"{message} Stopping.")
        return True

    def _check_solver(self):
        if self.solver not in _OPTIMIZERS:
            raise AttributeError(f"partial_fit is only available for stochastic optimizers. {self.solver} is not stochastic.")
        return True

    if VERSION < parse_version("1.6"):
        def _more_tags(self):
            return {"multilabel": True}


def _dense(X, dtype):
    """Rows without gaps, in the precision of the training; X itself where it is so already."""
    return np.ascontiguousarray(X.toarray() if sparse.issparse(X) else X, dtype=dtype)


def _targets(y):
    """labels, values as the core wants them; one of them None."""
    if y.ndim == 1:
        return np.ascontiguousarray(y, np.int32), None
    return None, np.ascontiguousarray(y, np.float64)


class MLPClassifier(ClassifierMixin, _BaseMLP):
    """Multi-layer perceptron classifier with scikit-learn's interface.

    Parameters are those of sklearn.neural_network.MLPClassifier, with the same defaults and meanings, and:

    class_weight : dict, 'balanced' or None
        What the samples of each class count in the loss, as in other classifiers of scikit-learn.
    n_jobs : int or None
        Threads of one step. None: 1. -1: as many as make the step faster, found by timing. The result is the same for all.

    Attributes after fit: coefs_ (list of (inputs, outputs)), intercepts_, classes_, n_layers_, n_outputs_, out_activation_, n_features_in_,
    feature_names_in_, n_iter_, t_, loss_, and of sgd and adam loss_curve_, best_loss_, validation_scores_, best_validation_score_.
    """

    _own_rules = {"class_weight": ("a dict, 'balanced' or None",
                                   lambda value: value is None or isinstance(value, dict) or (isinstance(value, str) and value == "balanced"))}

    def __init__(self, hidden_layer_sizes=(100,), activation="relu", *, solver="adam", alpha=0.0001, batch_size="auto",
                 learning_rate="constant", learning_rate_init=0.001, power_t=0.5, max_iter=200, shuffle=True, random_state=None,
                 tol=1e-4, verbose=False, warm_start=False, momentum=0.9, nesterovs_momentum=True, early_stopping=False,
                 validation_fraction=0.1, beta_1=0.9, beta_2=0.999, epsilon=1e-8, n_iter_no_change=10, max_fun=15000,
                 class_weight=None, n_jobs=None):
        super().__init__(hidden_layer_sizes=hidden_layer_sizes, activation=activation, solver=solver, alpha=alpha,
                         batch_size=batch_size, learning_rate=learning_rate, learning_rate_init=learning_rate_init, power_t=power_t,
                         max_iter=max_iter, shuffle=shuffle, random_state=random_state, tol=tol, verbose=verbose,
                         warm_start=warm_start, momentum=momentum, nesterovs_momentum=nesterovs_momentum,
                         early_stopping=early_stopping, validation_fraction=validation_fraction, beta_1=beta_1, beta_2=beta_2,
                         epsilon=epsilon, n_iter_no_change=n_iter_no_change, max_fun=max_fun, n_jobs=n_jobs)
        self.class_weight = class_weight

    def _validate_input(self, X, y, incremental, reset):
        X, y = validate_data(self, X, y, accept_sparse=("csr", "csc"), multi_output=True, dtype=(np.float64, np.float32), reset=reset)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if not hasattr(self, "classes_") or (not self.warm_start and not incremental):
            self._label_binarizer = LabelBinarizer()
            self._label_binarizer.fit(y)
            self.classes_ = self._label_binarizer.classes_
            return X, y
        classes = unique_labels(y)
        if self.warm_start and not incremental:
            if set(classes) != set(self.classes_):
                raise ValueError("warm_start can only be used where `y` has the same classes as in the previous call to fit. Previously "
                                 f"got {self.classes_}, `y` has {classes}")
        elif len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
            raise ValueError(f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. 'y' has {classes}.")
        return X, y

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

    def _decode(self, y):
        return y.astype(int) if y.ndim == 2 else self.classes_[y]

    def _stratifies(self):
        return self.n_outputs_ == 1

    def _loss_name(self):
        return "softmax_cross_entropy" if self.n_outputs_ > 1 and not self._is_multilabel() else "binary_cross_entropy"

    def _slope_factor(self):
        return 1.0

    def _out_activation(self):
        return "softmax" if self._loss_name() == "softmax_cross_entropy" else "logistic"

    def _labels(self, outputs):
        if self._is_multilabel():
            return (outputs > 0.5).astype(int)
        if outputs.shape[1] == 1:
            return self.classes_[(outputs[:, 0] > 0.5).astype(int) if len(self.classes_) > 1 else np.zeros(len(outputs), int)]
        return self.classes_[outputs.argmax(axis=1)]

    def _score_of(self, X, y, sample_weight):
        return accuracy_score(y, self._labels(_core.outputs(self._settings(), self._tensors(), X)), sample_weight=sample_weight)

    def predict(self, X):
        """Class labels (n,), or of several labels at once 0 and 1 (n, labels), of X (n, features)."""
        return self._labels(self._outputs(X))

    def predict_proba(self, X):
        """Probabilities (n, classes), the classes in the order of classes_; those of several labels at once need not sum to 1."""
        outputs = self._outputs(X)
        if outputs.shape[1] == 1:
            return np.hstack([1 - outputs, outputs]) if len(self.classes_) > 1 else np.ones_like(outputs)
        return outputs

    def predict_log_proba(self, X):
        """Natural logarithms of predict_proba(X)."""
        return np.log(self.predict_proba(X))

    @available_if(lambda self: self._check_solver())
    def partial_fit(self, X, y, sample_weight=None, classes=None):
        """One epoch over this data, the state of the optimizer kept; returns self.

        classes: all that will ever come, at the first call. With early_stopping=True there is nothing to stop on: ValueError.
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


class MLPRegressor(RegressorMixin, _BaseMLP):
    """Multi-layer perceptron regressor with scikit-learn's interface.

    Parameters are those of sklearn.neural_network.MLPRegressor with loss='squared_error', with the same defaults and meanings, and:

    n_jobs : int or None
        Threads of one step. None: 1. -1: as many as make the step faster, found by timing. The result is the same for all.
    scikit_learn_gradient : bool
        With k > 1 outputs scikit-learn's gradient of the squared error is k times that of its loss (scikit-learn issue 8349). False: the
        right one. True: theirs, to repeat a training to the digit.
    """

    _own_rules = {"scikit_learn_gradient": _BOOL, "loss": _choice("squared_error")}

    def __init__(self, loss="squared_error", hidden_layer_sizes=(100,), activation="relu", *, solver="adam", alpha=0.0001,
                 batch_size="auto", learning_rate="constant", learning_rate_init=0.001, power_t=0.5, max_iter=200, shuffle=True,
                 random_state=None, tol=1e-4, verbose=False, warm_start=False, momentum=0.9, nesterovs_momentum=True,
                 early_stopping=False, validation_fraction=0.1, beta_1=0.9, beta_2=0.999, epsilon=1e-8, n_iter_no_change=10,
                 max_fun=15000, n_jobs=None, scikit_learn_gradient=False):
        super().__init__(hidden_layer_sizes=hidden_layer_sizes, activation=activation, solver=solver, alpha=alpha,
                         batch_size=batch_size, learning_rate=learning_rate, learning_rate_init=learning_rate_init, power_t=power_t,
                         max_iter=max_iter, shuffle=shuffle, random_state=random_state, tol=tol, verbose=verbose,
                         warm_start=warm_start, momentum=momentum, nesterovs_momentum=nesterovs_momentum,
                         early_stopping=early_stopping, validation_fraction=validation_fraction, beta_1=beta_1, beta_2=beta_2,
                         epsilon=epsilon, n_iter_no_change=n_iter_no_change, max_fun=max_fun, n_jobs=n_jobs)
        self.loss = loss
        self.scikit_learn_gradient = scikit_learn_gradient

    def _validate_input(self, X, y, incremental, reset):
        X, y = validate_data(self, X, y, accept_sparse=("csr", "csc"), multi_output=True, y_numeric=True,
                             dtype=(np.float64, np.float32), reset=reset)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return X, y

    def _with_class_weight(self, y, sample_weight):
        return sample_weight

    def _encode(self, y):
        return np.asarray(y, dtype=np.float64).reshape(len(y), -1)

    def _decode(self, y):
        return y

    def _stratifies(self):
        return False

    def _loss_name(self):
        return "half_squared_error"

    def _slope_factor(self):
        return float(self.n_outputs_) if self.scikit_learn_gradient else 1.0

    def _out_activation(self):
        return "identity"

    def _score_of(self, X, y, sample_weight):
        return r2_score(y, _core.outputs(self._settings(), self._tensors(), X), sample_weight=sample_weight)

    def predict(self, X):
        """Values (n,), or with several outputs (n, outputs), of X (n, features)."""
        outputs = self._outputs(X)
        return outputs.ravel() if outputs.shape[1] == 1 else outputs

    @available_if(lambda self: self._check_solver())
    def partial_fit(self, X, y, sample_weight=None):
        """One epoch over this data, the state of the optimizer kept; returns self."""
        return self._fit(X, y, sample_weight, incremental=True)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
