"""What MLPClassifier and MLPRegressor share: the network's state as NumPy arrays, and fitting.

Where scikit-learn and these estimators get the same random_state, they draw the same initial weights, the same validation part and the
same order of the samples, and compute the same formulas (its user guide, section 1.17), so that loss_curve_ agrees.
"""
from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, estimator_html_repr
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from . import _core
from ._callbacks import Observers
from ._curve_svg import curve_svg
from ._parameters import ACTIVATIONS, STOCHASTIC_SOLVERS, check_parameters, hidden_sizes, per_layer
from ._sklearn_compat import VERSION, CallbackSupportMixin, InvalidParameterError, parse_version, validate_data, with_callbacks
from ._stochastic import StochasticTraining, dense, targets

if TYPE_CHECKING:
    import os

    from numpy.typing import ArrayLike
    from typing_extensions import Self

_TENSORS_OF_NORMALIZED_LAYER = 5  # weight, scale, shift, running mean, running variance


class BaseMLP(StochasticTraining, CallbackSupportMixin, BaseEstimator):
    """All that a fitted one has learnt is in NumPy arrays, so that it can be copied and pickled."""

    def _keep(self, values):
        """Stores the constructor's arguments as they are: scikit-learn's rule."""
        vars(self).update((name, value) for name, value in values.items() if name not in ("self", "__class__"))

    # -- checking

    def _check_parameters(self):
        check_parameters(self, self._own_rules)
        sizes = hidden_sizes(self.hidden_layer_sizes)
        for name in ("activation", "dropout"):
            per_layer(name, getattr(self, name), len(sizes))
        if self.solver == "lbfgs":
            for name, unused in (("dropout", not np.any(self.dropout)), ("batch_normalization", not self.batch_normalization),
                                 ("callbacks", not self.callbacks)):
                if not unused:
                    raise InvalidParameterError(f"{name} is for the stochastic solvers; solver is 'lbfgs'")
        return sizes

    def _check_X(self, X):
        return validate_data(self, X, accept_sparse=("csr", "csc"), reset=False, dtype=(np.float64, np.float32))

    def _check_solver(self):
        if self.solver not in STOCHASTIC_SOLVERS:
            raise AttributeError(f"partial_fit is only available for stochastic optimizers. {self.solver} is not stochastic.")
        return True

    def _threads(self):
        if self.n_jobs is None:
            return 1
        return 0 if self.n_jobs < 0 else int(self.n_jobs)

    # -- the network

    def _settings(self):
        widths = [self.coefs_[0].shape[0]] + [coef.shape[1] for coef in self.coefs_]
        activations = per_layer("activation", self.activation, len(widths) - 2)
        return _core.Settings(widths=widths, activations=[ACTIVATIONS[name] for name in activations],
                              dropout=[float(rate) for rate in per_layer("dropout", self.dropout, len(widths) - 2)],
                              batch_normalization=bool(self.batch_normalization), loss=self._loss_name(),
                              huber_delta=float(getattr(self, "huber_delta", 1.0)), alpha=float(self.alpha),
                              slope_factor=self._slope_factor())

    def _tensors(self):
        """All arrays of the network, layer by layer, each flat."""
        tensors = []
        for i, (coef, intercept) in enumerate(zip(self.coefs_, self.intercepts_)):
            tensors.append(coef)
            if self.batch_normalization and i + 1 < len(self.coefs_):
                tensors += [self.scales_[i], intercept, self.running_means_[i], self.running_variances_[i]]
            else:
                tensors.append(intercept)
        return [np.ascontiguousarray(tensor).reshape(-1) for tensor in tensors]

    def _weights(self, tensors):
        """The fitted attributes that these arrays are."""
        if not self.batch_normalization:
            return {"coefs_": list(tensors[0::2]), "intercepts_": list(tensors[1::2])}
        step = _TENSORS_OF_NORMALIZED_LAYER
        hidden = [tensors[first:first + step] for first in range(0, len(tensors) - 2, step)]
        return {"coefs_": [layer[0] for layer in hidden] + [tensors[-2]], "intercepts_": [layer[2] for layer in hidden] + [tensors[-1]],
                "scales_": [layer[1] for layer in hidden], "running_means_": [layer[3] for layer in hidden],
                "running_variances_": [layer[4] for layer in hidden]}

    def _take(self, tensors):
        vars(self).update(self._weights(tensors))

    def _initialize(self, sizes, n_features, dtype):
        """Uniform in +-sqrt(f / (inputs + outputs)), f = 6, with the logistic function 2 (Glorot and Bengio 2010); weights, then biases."""
        widths = [n_features, *sizes, self.n_outputs_]
        self.n_layers_ = len(widths)
        activations = per_layer("activation", self.activation, len(sizes))
        tensors = []
        for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
            behind = activations[min(i, len(activations) - 1)] if activations else self.activation
            bound = np.sqrt((2.0 if behind in ("logistic", "sigmoid") else 6.0) / (inputs + outputs))
            tensors.append(self._random_state.uniform(-bound, bound, (inputs, outputs)))
            bias = self._random_state.uniform(-bound, bound, outputs)
            if self.batch_normalization and i < len(sizes):
                tensors += [np.ones(outputs), np.zeros(outputs), np.zeros(outputs), np.ones(outputs)]
            else:
                tensors.append(bias)
        self._take([tensor.astype(dtype, copy=False) for tensor in tensors])
        self.t_ = 0
        self.n_iter_ = 0
        self.loss_curve_ = []
        self.validation_loss_curve_ = None
        self.validation_scores_ = None
        self.best_validation_score_ = None
        self.best_loss_ = None if self.early_stopping else np.inf
        self._no_improvement_count = 0
        self._optimizer_memory = None
        self._rate = self.learning_rate_init

    def _outputs(self, X):
        """What the last activation gives, (n, outputs)."""
        check_is_fitted(self)
        X = self._check_X(X)
        outputs = _core.outputs(self._settings(), self._tensors(), dense(X, self.coefs_[0].dtype))
        if outputs.shape[1] != self.n_outputs_:
            raise ValueError(f"coefs_ make {outputs.shape[1]} outputs; expected {self.n_outputs_}")
        return outputs.astype(X.dtype, copy=False)

    # -- fitting

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None, *, X_val: ArrayLike | None = None,
            y_val: ArrayLike | None = None, sample_weight_val: ArrayLike | None = None) -> Self:
        """Fit the network to X and y.

        Parameters
        ----------
        X : array, data frame or sparse matrix (n, features)
        y : array (n,) or (n, outputs)
        sample_weight : array (n,), optional
            What each row counts in the loss: not negative, not all 0.
        X_val, y_val, sample_weight_val : optional
            Validation data. Its loss and score are kept for each epoch; early_stopping=True watches it instead of a part of X.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For parameters out of their range; data that is empty, not finite or of another shape; a training that diverges.
        """
        return self._fit(X, y, sample_weight, (X_val, y_val, sample_weight_val))

    @with_callbacks
    def _fit(self, X, y, sample_weight, held_out=(None, None, None), incremental=False):
        given = {"X": X, "y": y, "metadata": None if sample_weight is None else {"sample_weight": sample_weight}}
        sizes = self._check_parameters()
        first = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
        X, y = self._validate_input(X, y, incremental, reset=first)
        weight = self._check_weight(X, y, sample_weight)
        encoded = self._encode(y)
        self.n_outputs_ = encoded.shape[1] if encoded.ndim == 2 else self._n_classes_outputs()
        self._random_state = check_random_state(self.random_state)
        held_out = self._check_held_out(X, *held_out)
        if first:
            self._initialize(sizes, X.shape[1], X.dtype)
            self.out_activation_ = self._out_activation()
        dtype = self.coefs_[0].dtype
        if self.solver == "lbfgs":
            self._fit_lbfgs(dense(X, dtype), encoded, weight)
        elif incremental:
            self._fit_once(dense(X, dtype), encoded, weight)
        else:
            with Observers(self, given) as observers:
                self._fit_epochs(dense(X, dtype), encoded, weight, held_out, observers)
        # A step whose loss is not finite leaves the weights as they were.
        if not np.isfinite(getattr(self, "loss_", 0.0)) or not all(np.isfinite(tensor).all() for tensor in self._tensors()):
            raise ValueError("Solver produced non-finite parameter weights. The input data may contain large values and need to be "
                             "preprocessed.")
        return self

    def _check_weight(self, X, y, sample_weight):
        """What each row counts: sample and class weight; None where all count the same."""
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
            if not np.any(sample_weight > 0):
                raise ValueError("Sample weights must contain at least one non-zero number.")
        return self._with_class_weight(y, sample_weight)

    def _check_held_out(self, X, X_val, y_val, sample_weight_val):
        """The validation data that was given, encoded; None where none was."""
        if X_val is None and y_val is None:
            if sample_weight_val is not None:
                raise ValueError("sample_weight_val was given without X_val and y_val")
            return None
        if X_val is None or y_val is None:
            raise ValueError("X_val and y_val must be given together")
        if self.solver == "lbfgs":
            raise ValueError("X_val and y_val are for the stochastic solvers; solver is 'lbfgs'")
        X_val, y_val = self._validate_held_out(X_val, y_val, X.dtype)
        weight = self._check_weight(X_val, y_val, sample_weight_val)
        return X_val, self._encode(y_val), weight

    def _fit_lbfgs(self, X, y, weight):
        tensors, self.loss_, iterations, _, end = _core.minimize(
            self._settings(), self._tensors(), X, *targets(y), weight, self.max_iter, self.max_fun, float(self.tol))
        self._take(tensors)
        self.n_iter_ = iterations
        if end == "interrupted":
            warnings.warn("Training interrupted by user.")
        elif end in ("max_iter", "max_fun"):
            what = {"max_iter": "ITERATIONS", "max_fun": "EVALUATIONS"}[end]
            warnings.warn(f"lbfgs failed to converge after {iterations} iteration(s): TOTAL NO. OF {what} REACHED LIMIT.\n\nIncrease the "
                          "number of iterations (max_iter) or scale the data.", ConvergenceWarning)

    # -- files and pictures

    def save(self, path: str | os.PathLike) -> None:
        """Writes the fitted network as a model file, which `gradus predict` and gradus.load() read.

        Parameters
        ----------
        path : str or os.PathLike
            Ends in .safetensors, .npz or .onnx.

        Raises
        ------
        ValueError
            For another ending, and for networks that a model file cannot hold: several labels or values for each row.
        """
        from ._conversion import save
        save(self, path)

    def to_sklearn(self) -> BaseEstimator:
        """A fitted estimator of scikit-learn with these weights and equal predictions.

        Returns
        -------
        sklearn.neural_network.MLPClassifier or MLPRegressor

        Raises
        ------
        ValueError
            For what scikit-learn's network does not have: its message names the parameter.
        """
        from ._conversion import to_sklearn
        return to_sklearn(self)

    def _repr_html_inner(self):
        """scikit-learn's diagram, and the curves of the training below it."""
        curves = {"train_loss": getattr(self, "loss_curve_", None), "validation_loss": getattr(self, "validation_loss_curve_", None)}
        return estimator_html_repr(self) + curve_svg({name: values for name, values in curves.items() if values})

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        if "text/html" in bundle:
            bundle["text/html"] = self._repr_html_inner()
        return bundle

    if VERSION < parse_version("1.6"):
        def _more_tags(self):
            return {"multilabel": True}
