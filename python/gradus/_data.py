"""What people call data, arrays, data frames, names and paths, as the library takes it."""
from __future__ import annotations

import numbers
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import _core

# A name such as "digits", a path, (X, y), or a pandas or polars DataFrame with its target among the columns.
Data = Any


def data_folder(folder: str | os.PathLike[str] | None) -> str:
    """Where fetched sets lie: the argument, else $GRADUS_DATA; empty for the user's cache directory."""
    return os.fspath(folder) if folder is not None else os.environ.get("GRADUS_DATA", "")


def is_name(data: Data) -> bool:
    return isinstance(data, (str, os.PathLike))


def is_frame(data: Data) -> bool:
    """pandas' and polars' DataFrames, neither of which is imported for it."""
    return hasattr(data, "columns") and hasattr(data, "__getitem__") and hasattr(data, "to_numpy")


def pair(data: Data) -> tuple[Any, Any]:
    """X and y; TypeError for what is no pair."""
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise TypeError(f"data is {type(data).__name__}; expected a name, a path, (X, y) or a DataFrame")
    return data[0], data[1]


def labelled_table(data: Data) -> _core.Table:
    """(X, y) or a DataFrame as a table; TypeError for anything else."""
    if is_frame(data):
        return frame_table(data)
    X, y = pair(data)
    table = frame_table(X, "X") if is_frame(X) else array_table(X)
    add_column(table, "y", y)
    table.default_target = "y"
    return table


def array_table(X: ArrayLike) -> _core.Table:
    """Features as one block, without a copy where they are C-ordered uint8, float32 or float64. (n, height, width) are pictures."""
    X = number_array(X, "X")
    table = _core.Table("the arrays")
    pictures = X.shape[1:] if X.ndim == 3 else (0, 0)
    table.set_features(X.reshape(len(X), -1), *pictures)
    return table


def named_table(X: ArrayLike, names: Sequence[str]) -> _core.Table:
    """The columns of X under these names, for a network that was trained on named columns."""
    X = number_array(X, "X")
    if X.ndim != 2 or X.shape[1] != len(names):
        raise ValueError(f"X has shape {X.shape}; expected (samples, {len(names)}): {', '.join(names)}")
    table = _core.Table("the arrays")
    for name, column in zip(names, X.T, strict=True):
        table.add_numbers(name, np.ascontiguousarray(column, dtype=np.float64), [])
    return table


def frame_table(frame: Any, source: str = "the data frame") -> _core.Table:
    table = _core.Table(source)
    for name in frame.columns:
        add_column(table, str(name), frame[name])
    return table


def number_array(X: ArrayLike, name: str) -> np.ndarray:
    if hasattr(X, "toarray"):
        raise TypeError(f"{name} is a sparse matrix; expected a dense array: {name}.toarray()")
    X = np.asarray(X)
    if X.dtype.kind not in "buif":
        raise TypeError(f"{name} has dtype {X.dtype}; expected numbers; columns of text come in a DataFrame")
    if X.ndim not in (2, 3) or 0 in X.shape:
        raise ValueError(f"{name} has shape {X.shape}; expected (samples, features), at least one of each")
    kept = np.uint8 if X.dtype in (np.uint8, np.bool_) else np.float32 if X.dtype.kind == "f" and X.dtype.itemsize <= 4 else np.float64
    return np.ascontiguousarray(X, dtype=kept)


def add_column(table: _core.Table, name: str, column: Any) -> None:
    """Numbers, truth values or categories, as the values are; None and NaN are missing."""
    values = np.asarray(column.to_numpy() if hasattr(column, "to_numpy") else column)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise ValueError(f"{name} has shape {values.shape}; expected one value per row"
                         + ("; one-hot rows become classes by argmax(axis=1)" if values.ndim == 2 else ""))
    if values.dtype.kind == "b":
        table.add_numbers(name, values.astype(np.float64), ["False", "True"])
    elif values.dtype.kind in "uif":
        table.add_numbers(name, np.ascontiguousarray(values, dtype=np.float64), [])
    elif values.dtype.kind in "OUST":
        _add_objects(table, name, values.tolist())
    else:
        raise TypeError(f"{name} has dtype {values.dtype}; expected numbers, truth values or text")


def _is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ in ("NAType", "NaTType") or (isinstance(value, float) and value != value)


def _add_objects(table: _core.Table, name: str, values: list[Any]) -> None:
    known = [value for value in values if not _is_missing(value)]
    if known and all(isinstance(value, numbers.Real) for value in known):
        is_bool = all(isinstance(value, (bool, np.bool_)) for value in known)
        column = np.array([np.nan if _is_missing(value) else float(value) for value in values])
        table.add_numbers(name, column, ["False", "True"] if is_bool else [])
        return
    texts = [None if _is_missing(value) else str(value) for value in values]
    categories = sorted({text for text in texts if text is not None})
    places = {text: place for place, text in enumerate(categories)}
    codes = np.array([-1 if text is None else places[text] for text in texts], dtype=np.int32)
    table.add_categories(name, codes, categories)


def labels_of(classes: Sequence[str]) -> np.ndarray:
    """Class names as people wrote them: whole numbers, numbers, truth values or text."""
    if list(classes) == ["False", "True"]:
        return np.array([False, True])
    try:
        whole = [int(name) for name in classes]
        if [str(number) for number in whole] == list(classes):
            return np.array(whole)
        return np.array([float(name) for name in classes])
    except ValueError:
        return np.array(classes)
