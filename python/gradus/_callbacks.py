"""Who is told of every epoch: the user's functions, scikit-learn's own callbacks (from 1.9 on), the progress bar."""
from __future__ import annotations

import dataclasses
import time
from typing import Any

from ._progress_line import duration, make_progress

_BETWEEN_LINES = 0.1  # seconds


@dataclasses.dataclass(frozen=True)
class EpochRecord:
    """What a function of `callbacks` is called with after every epoch.

    Attributes
    ----------
    epoch : int
        From 1.
    loss : float
        Mean loss of the epoch's batches, each before its update and with its penalty: the entry of loss_curve_.
    validation_loss, validation_score : float or None
        Mean loss without penalty, and accuracy or R2, over the validation data where there are such.
    learning_rate : float
        Of the epoch's last step.
    seconds : float
        Since fit began to train.
    estimator : MLPClassifier or MLPRegressor
        With the weights of this epoch: it can predict.
    """

    epoch: int
    loss: float
    validation_loss: float | None
    validation_score: float | None
    learning_rate: float
    seconds: float
    estimator: Any


class Observers:
    """Tells them of one fit and its epochs; closes the progress bar at its end. `data`: what scikit-learn's callbacks may ask for."""

    def __init__(self, estimator, data):
        self._estimator = estimator
        self._data = {"estimator": estimator, **data}
        self._context = None
        if hasattr(estimator, "_init_callback_context"):
            self._context = estimator._init_callback_context(max_subtasks=estimator.max_iter)
        self._callbacks = list(estimator.callbacks or ())
        self._progress = make_progress(estimator.progress)
        self._shown_at = -_BETWEEN_LINES
        self._started_at = time.perf_counter()
        self._task = None

    def __enter__(self):
        if self._context is not None:
            self._context.call_on_fit_task_begin(**self._data)
        return self

    def __exit__(self, error, *_):
        self._progress.close()
        if self._context is not None and error is None:
            self._context.call_on_fit_task_end(**self._data, reconstruction_attributes={})

    def epoch_begins(self):
        if self._context is not None and getattr(self._estimator, "_skl_callbacks", None):
            self._task = self._context.subcontext(task_name="epoch")
            self._task.call_on_fit_task_begin(**self._data)

    def epoch_ended(self, training, validation_loss, validation_score):
        """Whether one of them wants the training to end."""
        estimator = self._estimator
        seconds = time.perf_counter() - self._started_at
        if seconds - self._shown_at >= _BETWEEN_LINES:
            self._shown_at = seconds
            self._show(seconds, validation_score)
        ends = False
        if self._callbacks:
            estimator._take(training.tensors())
            record = EpochRecord(estimator.n_iter_, estimator.loss_, validation_loss, validation_score, training.learning_rate,
                                 seconds, estimator)
            for callback in self._callbacks:
                ends |= bool(callback(record))
        if self._task is not None:
            ends |= self._task.call_on_fit_task_end(**self._data, reconstruction_attributes=lambda: estimator._weights(training.tensors()))
        return ends

    def _show(self, seconds, validation_score):
        done, total = self._estimator.n_iter_, self._estimator.max_iter
        text = f"loss {self._estimator.loss_:.4g}"
        if validation_score is not None:
            text += f", validation {validation_score:.4g}"
        self._progress.show(f"epoch {done}/{total}", done / total, f"{text}, at most {duration(seconds / done * (total - done))} left")
