"""Training by an optimizer that takes batches: the loop over the epochs, scikit-learn's rules of when it ends, validation."""
from __future__ import annotations

import math
import warnings

import numpy as np
import scipy.sparse as sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from . import _core
from ._parameters import SCHEDULES, WHOLE_SCHEDULES

_SMALLEST_RATE = 1e-6  # below which learning_rate="adaptive" stops
_DECOUPLED_DECAY = 0.01  # of adamw, where weight_decay is None


class StochasticTraining:
    """The half of BaseMLP that knows epochs."""

    def _fit_once(self, X, y, weight):
        """One epoch, the optimizer going on where it was."""
        if self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        if self.learning_rate in WHOLE_SCHEDULES:
            raise ValueError(f"partial_fit does not support learning_rate={self.learning_rate!r}, which depends on the whole training")
        n_samples = len(X)
        batch_size = self._batch_size(n_samples)
        if self._optimizer_memory is None:
            self._start_training()
        training = self._training(X.dtype, batch_size, total_steps=1)
        training.set_data(X, *targets(y), weight)
        if self._optimizer_memory is not None:
            training.restore(*self._optimizer_memory, epochs=self.n_iter_)
        rows = np.arange(n_samples)
        try:
            self._epoch(training, rows, batch_size)
            self._watch_loss()
            self._end_of_iteration(training)
            if self._no_improvement_count > self.n_iter_no_change:
                self._no_improvement_count = 0
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.")
        self._take(training.tensors())
        self._optimizer_memory = training.memory()

    def _fit_epochs(self, X, y, weight, held_out, observers):
        rows = np.arange(len(X))
        if held_out is None and self.early_stopping:
            rows, held_out = self._split(X, y, weight)
        batch_size = self._batch_size(len(rows))
        self._start_training()
        training = self._training(X.dtype, batch_size, total_steps=self.max_iter * -(-len(rows) // batch_size))
        training.set_data(X, *targets(y), weight)
        if held_out is not None:
            training.set_validation(dense(held_out[0], X.dtype), *targets(held_out[1]), held_out[2])
            self._start_validation()
        best = None
        self.n_iter_ = 0
        try:
            while self.n_iter_ < self.max_iter:
                observers.epoch_begins()
                self._epoch(training, rows, batch_size)
                validation_loss, score = None, None
                if held_out is not None:
                    validation_loss, score, is_best = self._validate(training, *held_out[1:])
                    if is_best and self.early_stopping:
                        best = training.tensors()
                if not self.early_stopping:
                    self._watch_loss()
                self._end_of_iteration(training, validation_loss)
                if observers.epoch_ended(training, validation_loss, score):
                    break
                if self._no_improvement_count > self.n_iter_no_change:
                    if self._stops(training):
                        break
                    self._no_improvement_count = 0
                if not math.isfinite(self.loss_):
                    break
                if self.n_iter_ == self.max_iter:
                    warnings.warn(f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the optimization hasn't "
                                  "converged yet.", ConvergenceWarning)
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.")
        finally:
            self._take(best if best is not None else training.tensors())
            self._optimizer_memory = training.memory()

    def _start_training(self):
        self._rate = self.learning_rate_init
        self._no_improvement_count = 0
        self._dropout_seed = int(self._random_state.randint(np.iinfo(np.int64).max, dtype=np.int64)) if np.any(self.dropout) else 0
        self._optimizer_memory = None

    def _start_validation(self):
        if self.validation_scores_ is None:
            self.validation_scores_ = []
            self.validation_loss_curve_ = []
            self.best_validation_score_ = -np.inf

    def _training(self, dtype, batch_size, total_steps):
        optimizer = self.solver
        if optimizer == "sgd" and self.momentum > 0:
            optimizer = "nesterov" if self.nesterovs_momentum else "momentum"
        decay = self.weight_decay
        if decay is None:
            decay = _DECOUPLED_DECAY if optimizer == "adamw" else 0.0
        schedule = self.learning_rate if self.learning_rate in SCHEDULES else "constant"
        kind = _core.TrainingFloat if dtype == np.float32 else _core.TrainingDouble
        return kind(settings=self._settings(), batch_size=batch_size, threads=self._threads(), dropout_seed=self._dropout_seed,
                    tensors=self._tensors(), total_steps=total_steps, schedule=_core.make_schedule(schedule, self.schedule_options or {}),
                    optimizer=_core.make_optimizer(rule=optimizer, momentum=float(self.momentum), decay=float(self.decay),
                                                   beta1=float(self.beta_1), beta2=float(self.beta_2), epsilon=float(self.epsilon),
                                                   weight_decay=float(decay), clip_norm=float(self.clip_norm or 0.0)))

    def _batch_size(self, n_samples):
        if self.batch_size == "auto":
            return min(200, n_samples)
        if self.batch_size > n_samples:
            warnings.warn("Got `batch_size` less than 1 or larger than sample size. It is going to be clipped")
        return int(np.clip(self.batch_size, 1, n_samples))

    def _split(self, X, y, weight):
        """The rows to train on, which are not copied, and the validation part."""
        rows, val = train_test_split(np.arange(len(X)), random_state=self._random_state, test_size=self.validation_fraction,
                                     stratify=y if self._stratifies() else None)
        if len(val) < 2:
            raise ValueError("The validation set is too small. Increase 'validation_fraction' or the size of your dataset.")
        return rows, (X[val], y[val], None if weight is None else weight[val])

    def _epoch(self, training, rows, batch_size):
        if self.shuffle:
            self._random_state.shuffle(rows)  # in place: what sklearn.utils.shuffle makes of the order of the epoch before
        self.loss_ = training.epoch(rows.astype(np.uint32), batch_size, self._rate)
        self.n_iter_ += 1
        self.t_ += len(rows)
        self.loss_curve_.append(self.loss_)
        if self.verbose:
            print(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}")

    def _validate(self, training, y, weight):
        """Mean loss and score over the validation data, and whether no score was better; counts epochs without an improvement."""
        loss, outputs = training.validate()
        score = self._score_of(outputs, y, weight)
        self.validation_loss_curve_.append(loss)
        self.validation_scores_.append(score)
        if self.verbose:
            print(f"Validation score: {score:f}")
        if self.early_stopping:
            self._no_improvement_count = self._no_improvement_count + 1 if score < self.best_validation_score_ + self.tol else 0
        is_best = score > self.best_validation_score_
        if is_best:
            self.best_validation_score_ = score
        return loss, score, is_best

    def _watch_loss(self):
        best = np.inf if self.best_loss_ is None else self.best_loss_
        self._no_improvement_count = self._no_improvement_count + 1 if self.loss_ > best - self.tol else 0
        self.best_loss_ = min(best, self.loss_)

    def _follows_rules_of_epochs(self):
        """scikit-learn's invscaling and adaptive rates; its adam has neither."""
        return self.solver != "adam"

    def _change_rate(self, training, rate):
        if self.solver in ("sgd", "momentum", "nesterov") and self.momentum > 0:
            training.scale_velocity(self._rate / rate)
        self._rate = rate

    def _end_of_iteration(self, training, validation_loss=None):
        if self.learning_rate == "invscaling" and self._follows_rules_of_epochs():
            self._change_rate(training, float(self.learning_rate_init) / (self.t_ + 1) ** self.power_t)
        training.epoch_ended(self.loss_ if validation_loss is None else validation_loss)

    def _stops(self, training):
        what = "Validation score" if self.early_stopping else "Training loss"
        message = f"{what} did not improve more than tol={self.tol:f} for {self.n_iter_no_change} consecutive epochs."
        if self.learning_rate == "adaptive" and self._follows_rules_of_epochs():
            if self._rate > _SMALLEST_RATE:
                self._change_rate(training, self._rate / 5)
                if self.verbose:
                    print(f"{message} Setting learning rate to {self._rate:f}")
                return False
            message += " Learning rate too small."
        if self.verbose:
            print(f"{message} Stopping.")
        return True


def dense(X, dtype):
    """Rows without gaps, in the precision of the training; X itself where it is so already."""
    return np.ascontiguousarray(X.toarray() if sparse.issparse(X) else X, dtype=dtype)


def targets(y):
    """labels, values as the core wants them; one of them None."""
    if y.ndim == 1:
        return np.ascontiguousarray(y, np.int32), None
    return None, np.ascontiguousarray(y, np.float64)
