"""train: one network from a configuration and data, and what the training leaves."""
from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


from . import _core
from ._columns import Columns
from ._data import Data, data_folder, is_name, labelled_table
from ._network import Network, PathLike
from ._progress_line import duration, make_progress


@dataclass(frozen=True)
class TrainingResult:
    """What a training leaves."""

    network: Network
    """With the best weights, where the configuration restores them."""
    history: Columns
    """A row per epoch: epoch (from 0), step, seconds, learning_rate, train_loss, train_accuracy (or train_r2), and the same of the
    validation and test parts where there are any."""
    series: dict[str, Columns]
    """Everything that was recorded, by name, each with its steps: step_loss, layers/0/gradients_norm, ..."""
    layers: list[dict[str, Any]]
    """With `layers_every`, for each recorded step: step, epoch, and of each layer the distributions of weights, gradients and
    activations (norm, mean, deviation, low, high, and counts in equal bins), as `gradus train --json` prints them."""
    figures: dict[str, float]
    """Of the network above over the whole parts: train_loss, test_accuracy, ..."""
    report: dict[str, Any]
    """On the test part, else the validation part: accuracy, log_loss, macro_f1, roc_auc, confusion; or r2, mae, rmse."""
    stop_reason: str
    """epochs, early_stopping, target_score, diverged or interrupted"""
    diverged_at: str
    """Step and layer of the first number that was none; empty otherwise."""
    epochs: int
    steps: int
    seconds: float
    """Of the training steps alone."""
    best_epoch: int
    """From 0; that of the lowest validation loss, else the last."""
    rows: dict[str, int]
    """Of the parts: train, validation, test."""
    config: str
    """The TOML that repeats the run, every `auto` decided."""
    decisions: list[str]
    """What was read and decided of the data and the configuration."""
    warnings: list[str]
    weights_sha256: str
    """As `gradus train` prints it."""
    folder: Path | None
    """Of the run in the store, where it was asked for."""

    def __repr__(self) -> str:
        figures = ", ".join(f"{name} {value:.4g}" for name, value in self.figures.items())
        return f"<{self.network!r} after {self.epochs} epochs in {self.seconds:.3g} s, {self.stop_reason}: {figures}>"

    def _losses(self) -> dict[str, Any]:
        return {name: self.history[name] for name in ("train_loss", "validation_loss", "test_loss") if name in self.history}

    def _repr_html_(self) -> str:
        from ._curve_svg import curve_svg
        ended = "" if self.stop_reason == "epochs" else f", {self.stop_reason}"
        return f"<p>{repr(self.network)[1:-1]}, {self.epochs} epochs{ended}</p>{curve_svg(self._losses())}"


def train(data: Data = None, *, config: PathLike | None = None, on_epoch: Callable[[dict[str, Any]], object] | None = None,
          progress: bool | str = "auto", runs: PathLike | None = None, name: str = "", note: str = "", tags: Sequence[str] = (),
          data_dir: PathLike | None = None, **fields: Any) -> TrainingResult:
    """Trains one network: the same bits as `gradus train` with the same configuration, data and seed.

    Parameters
    ----------
    data : str, path, (X, y) or DataFrame
        A built-in set such as "digits", a file or folder, arrays with a row per sample, or a DataFrame with the target among its
        columns (`target=` names it, else it is the last). Whole numbers and text in y are classes, other numbers a regression.
    config : path, optional
        A TOML file of fields; keywords count on top of it.
    on_epoch : callable, optional
        Gets each epoch's row of the history; the training ends when it returns True.
    progress : bool or 'auto'
        A line with what is left, on a terminal or in a notebook.
    runs : path, optional
        The store of runs that this one is to be kept in, with `name`, `note` and `tags`.
    data_dir : path, optional
        Where fetched sets such as MNIST lie; $GRADUS_DATA, else the user's cache directory.
    **fields
        Any field of a configuration: hidden=[64, 32], epochs=30, optimizer="adamw", learning_rate=1e-3, ...
        `gradus.configuration()` lists them.

    Other threads run meanwhile. Ctrl-C ends the training with what is learnt so far, as does a loss that is not finite: both are
    values of `stop_reason`. ValueError for a wrong configuration or wrong data, TypeError for a keyword that is no field,
    FileNotFoundError; all before any work.
    """
    table = None
    if is_name(data):
        fields["data"] = os.fspath(data)
    elif data is not None:
        table = labelled_table(data)
        fields["data"] = "arrays"
    bar = make_progress(progress)

    def listen(event: str, values: dict[str, Any]) -> object:
        if event == "epoch":
            return on_epoch(values) if on_epoch is not None else None
        note = f"loss {values['loss']:.4g}, {duration(values['seconds_left'])} left"
        bar.show(f"epoch {values['epoch'] + 1}/{values['epochs']}", values["done"], note)
        return None

    try:
        described = _core.train(_path(config), fields, table, data_folder(data_dir), _path(runs), name, note, list(tags), listen)
    finally:
        bar.close()
    return _result(described)


def configuration() -> str:
    """All fields of a configuration as a page of Markdown: name, type, default, meaning."""
    return _core.configuration_page()


def layer_steps(lines: str) -> list[dict[str, Any]]:
    """The lines of a run's layers.jsonl."""
    return [json.loads(line) for line in lines.splitlines()]


def _path(path: PathLike | None) -> str | None:
    return None if path is None else os.fspath(path)


def _result(described: dict[str, Any]) -> TrainingResult:
    for warning in described["warnings"]:
        warnings.warn(warning, UserWarning, stacklevel=3)
    if described["interrupted"]:
        warnings.warn("the training was interrupted", RuntimeWarning, stacklevel=3)
    if described["stop_reason"] == "diverged":
        warnings.warn(f"the training diverged: {described['diverged_at']}", RuntimeWarning, stacklevel=3)
    return TrainingResult(
        network=Network._of(described["model"]),
        history=Columns(described["history"]),
        series={name: Columns(step=steps, value=values) for name, (steps, values) in described["series"].items()},
        layers=layer_steps(described["layer_lines"]),
        figures=described["figures"],
        report=described["report"],
        stop_reason=described["stop_reason"],
        diverged_at=described["diverged_at"],
        epochs=described["epochs"],
        steps=described["steps"],
        seconds=described["seconds"],
        best_epoch=described["best_epoch"],
        rows=dict(zip(("train", "validation", "test"), described["rows"], strict=True)),
        config=described["config"],
        decisions=described["decisions"],
        warnings=described["warnings"],
        weights_sha256=described["weights_sha256"],
        folder=None if described["folder"] is None else Path(described["folder"]),
    )
