"""Network: a trained network with its transform and classes; and its files."""
from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from . import _core
from ._columns import Columns
from ._data import Data, add_column, array_table, data_folder, frame_table, is_frame, is_name, labels_of, named_table, pair

PathLike = str | os.PathLike[str]


class Layer(NamedTuple):
    """A layer: `kind` is dense, batch_norm, layer_norm, dropout or the name of an activation."""

    kind: str
    outputs: int | None = None
    bias: bool | None = None
    rate: float | None = None


@dataclass(frozen=True)
class Verification:
    """Golden vectors of a model file against this library, stage by stage from the scaled inputs to the predictions."""

    rows: int
    """Golden rows in the file; 0: it has none."""
    exact: bool
    """Nothing may differ, because the file's numerics version is the library's."""
    stages: Columns

    @property
    def first_difference(self) -> str | None:
        """The first stage that does not hold."""
        return next((row["stage"] for row in self.stages.rows() if not row["held"]), None)

    @property
    def held(self) -> bool:
        return self.rows > 0 and self.first_difference is None

    def __str__(self) -> str:
        if self.rows == 0:
            return "no golden vectors: the file is older than them, or another program's"
        return f"verified: {self.rows} golden rows hold" if self.held else f"not verified: {self.first_difference} is the first to differ"


class Network:
    """A network with all that it needs to predict on raw data: the transform of its inputs, its classes, its loss.

    Parameters
    ----------
    parameters : mapping of name to array
        Under the names and in the shapes of PyTorch's nn.Sequential: "0.weight" (outputs, inputs), "0.bias" (outputs,), "2.weight", ...
        All float32: a network in single precision, else in double.
    activation : str or sequence of str
        Between the layers with weights; one serves for all.
    loss : str, optional
        Decides the task. softmax_cross_entropy of several outputs, mean_squared_error of one.
    classes : sequence of str, optional
        Names of the classes; 0, 1, ... otherwise.

    Trained ones come from `gradus.train`, those in files from `Network.load`. ValueError where the arrays make no network.
    """

    def __init__(self, parameters: Mapping[str, ArrayLike], activation: str | Sequence[str] = "relu", *, loss: str | None = None,
                 classes: Sequence[str] | None = None) -> None:
        arrays = {name: np.asarray(array) for name, array in parameters.items()}
        wrong = [name for name, array in arrays.items() if array.dtype.kind not in "uif"]
        if wrong:
            raise TypeError(f"the parameter {wrong[0]} has dtype {arrays[wrong[0]].dtype}; expected numbers")
        single = all(array.dtype == np.float32 for array in arrays.values())
        build = _core.Model.from_floats if single else _core.Model.from_doubles
        tensors: Any = [(name, np.ascontiguousarray(array, dtype=np.float32 if single else np.float64)) for name, array in arrays.items()]
        self._model, self.notes = build(tensors, _names(activation), loss, _names(classes))

    _model: _core.Model
    notes: list[str]
    """What was assumed where a file did not say all."""

    @classmethod
    def _of(cls, model: _core.Model, notes: Sequence[str] = ()) -> Network:
        network = cls.__new__(cls)
        network._model, network.notes = model, list(notes)
        return network

    @classmethod
    def load(cls, path: PathLike, *, activation: str | Sequence[str] | None = None, loss: str | None = None,
             classes: Sequence[str] | None = None) -> Network:
        """From .safetensors, .npz or .onnx, gradus's own or another program's, of which the keywords say what its file does not.

        FileNotFoundError; ValueError for a file that is damaged, of a later format, or no dense network.
        """
        return cls._of(*_core.Model.read(os.fspath(path), _names(activation), loss, _names(classes)))

    def save(self, path: PathLike) -> list[str]:
        """As .safetensors, .npz or .onnx, by the ending. Returns what the format cannot hold, a line each."""
        return self._model.write(os.fspath(path))

    # -- predictions

    def predict(self, X: Data) -> np.ndarray:
        """Labels (n,) or, of a regression, values (n,) in the target's unit, for raw rows as they came.

        X: (n, features), in the order of the training's columns; a DataFrame with them by name; or a name or path. The bits are
        those of `gradus predict` and of C++. ValueError for another width, NaN or infinity.
        """
        values = self._predictions(X)
        return self.classes[np.argmax(values, axis=1)] if self.task == "classification" else values[:, 0]

    def predict_proba(self, X: Data) -> np.ndarray:
        """Probabilities (n, classes), in the order of `classes`. AttributeError of a regression."""
        if self.task != "classification":
            raise AttributeError("a regression has no probabilities; predict gives its values")
        return self._predictions(X)

    def _predictions(self, X: Data) -> np.ndarray:
        values = self._model.predict(self._table(X))
        if not np.isfinite(values).all():
            row = int(np.argwhere(~np.isfinite(values))[0, 0])
            raise ValueError(f"predicting: row {row} gives no finite number; expected inputs like those of training")
        return values

    def _table(self, X: Data) -> _core.Table:
        model = self._model
        if is_name(X):
            return _core.load_table(os.fspath(X), data_folder(None))
        if is_frame(X):
            by_name = model.columns or f"{model.block_prefix}0" in [str(name) for name in X.columns]
            return frame_table(X) if by_name else array_table(X.to_numpy())
        if not model.columns:
            return array_table(X)
        return named_table(X, [f"{model.block_prefix}{i}" for i in range(model.block_features)] + model.columns)

    def evaluate(self, data: Data) -> dict[str, Any]:
        """Figures on labelled data, (X, y) or anything that `gradus.train` takes: accuracy, log_loss, macro_f1, roc_auc and
        `confusion` (true class by row), or r2, mae and rmse; and rows and loss."""
        if is_name(data):
            return self._model.evaluate(self._table(data))
        if is_frame(data):
            return self._model.evaluate(frame_table(data))
        X, y = pair(data)
        table = self._table(X)
        add_column(table, self._model.target, y)
        return self._model.evaluate(table)

    # -- what it is

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """Read-only views of all tensors, running statistics included, by PyTorch's names and in its shapes."""
        return {name: array for name, array, _ in self._model.parameters()}

    @property
    def layers(self) -> list[Layer]:
        return [Layer(**layer) for layer in self._model.layers()]

    @property
    def classes(self) -> np.ndarray:
        """Labels in the order of the outputs; empty of a regression."""
        return labels_of(self._model.classes)

    @property
    def task(self) -> str:
        """classification or regression"""
        return self._model.task

    @property
    def loss(self) -> str:
        return self._model.loss

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(np.float64 if self._model.is_double else np.float32)

    @property
    def picture_shape(self) -> tuple[int, int] | None:
        """(height, width) where the inputs are pixels."""
        shape = self._model.picture_shape
        return shape if shape[0] else None

    @property
    def metrics(self) -> dict[str, float]:
        """Figures of its training: test_accuracy, ..."""
        return self._model.metrics

    @property
    def config(self) -> str:
        """The TOML that repeats its training; empty where unknown."""
        return self._model.config

    @property
    def weights_sha256(self) -> str:
        """As `gradus train` prints it: equal runs have equal ones."""
        return self._model.weights_sha256

    @property
    def data_sha256(self) -> str:
        return self._model.data_sha256

    @property
    def numerics_version(self) -> int:
        return self._model.numerics_version

    def verify(self) -> Verification:
        """The golden vectors that it was loaded with, against this library."""
        return _verification(self._model.verify("the network"))

    def summary(self) -> str:
        """Layers, widths, parameters."""
        return self._model.summary

    def __repr__(self) -> str:
        widths = [self._model.inputs] + [layer.outputs for layer in self.layers if layer.outputs]
        return f"<gradus.Network {'-'.join(map(str, widths))}, {self.loss}, {self.dtype}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_bytes, (self._model.to_bytes(), self.notes)


def _from_bytes(content: bytes, notes: list[str]) -> Network:
    return Network._of(_core.Model.from_bytes(content), notes)


def verify(path: PathLike) -> Verification:
    """Runs the golden vectors inside a model file, as `gradus model verify` does."""
    return _verification(_core.Model.read(os.fspath(path), [], None, [])[0].verify(os.fspath(path)))


def convert(source: PathLike, target: PathLike, *, activation: str | Sequence[str] | None = None, loss: str | None = None,
            classes: Sequence[str] | None = None) -> Verification:
    """A model file as one of another format, by the ending; read again and held against the golden vectors that it came with.

    ValueError where those of the source do not hold: then nothing is written.
    """
    _core.check_writable_ending(os.fspath(target))
    network = Network.load(source, activation=activation, loss=loss, classes=classes)
    before = network.verify()
    if before.first_difference is not None:
        raise ValueError(f"converting {os.fspath(source)}: its golden vectors do not hold: {before.first_difference} differs; nothing is written")
    network.save(target)
    written = _core.Model.read(os.fspath(target), [], None, [])[0]
    return _verification(written.verify_against(network._model, os.fspath(target)))


def _verification(described: Mapping[str, Any]) -> Verification:
    return Verification(described["rows"], described["exact"], Columns.from_rows(described["stages"]))


def _names(names: str | Sequence[Any] | None) -> list[str]:
    if names is None:
        return []
    return [names] if isinstance(names, str) else [str(name) for name in names]
