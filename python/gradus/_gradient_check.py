"""check_gradients: analytic gradients against central differences in double, the library's own and those of a person's loss."""
from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import _core
from ._data import Data, data_folder, is_name, labelled_table
from ._network import Network, PathLike

BOUND: float = _core.gradient_check_bound
"""Largest difference of the two gradients, by the largest entry of its tensor, that is right."""

_SMALLEST_SCALE = 1e-8
# Relative to max(1, |w|): truncation falls with step^4, rounding grows with 1/step; the two steps in a row that agree best decide.
_STEPS = tuple(1e-3 / 4**i for i in range(6))
# One-sided slopes that differ by more than this share of the gradient, and do not come together as the step shrinks.
_KINK_SHARE, _KINK_SHRINKS = 1e-4, 0.01


@dataclass(frozen=True)
class GradientEntry:
    """One entry of a gradient, both ways."""

    tensor: str
    index: tuple[int, ...]
    analytic: float
    numeric: float
    relative_error: float
    """|analytic - numeric| / max(1e-8, largest |analytic| of the tensor)"""
    step: float
    """Of the central difference."""


@dataclass(frozen=True)
class GradientReport:
    """What a gradient check found."""

    name: str
    sizes: str
    checked: int
    """Entries that were judged."""
    kinks: int
    """Entries at a kink, where there is no derivative; not judged."""
    bound: float
    worst_by_tensor: list[GradientEntry]

    @property
    def worst(self) -> GradientEntry | None:
        """Of all tensors; a NaN is worse than everything."""
        return max(self.worst_by_tensor, key=lambda e: math.inf if math.isnan(e.relative_error) else e.relative_error, default=None)

    @property
    def passed(self) -> bool:
        return self.checked > 0 and self.worst is not None and self.worst.relative_error <= self.bound

    def __str__(self) -> str:
        verdict = "right" if self.passed else "WRONG"
        if self.worst is None:
            return f"{verdict}: {self.name}: no entry could be judged, {self.kinks} at a kink"
        w = self.worst
        return (f"{verdict}: {self.name} ({self.sizes}): worst error {w.relative_error:.2g} at {w.tensor}{list(w.index)}, analytic "
                f"{w.analytic:.6g}, numeric {w.numeric:.6g}; {self.checked} entries, {self.kinks} at a kink")

    def __repr__(self) -> str:
        return f"<gradus.GradientReport {self}>"


# A loss of one's own: parameters, an array, a sequence or a dict of arrays, in; value and gradients, shaped alike, out.
Loss = Callable[[Any], tuple[float, Any]]


def check_operations() -> list[GradientReport]:
    """Every activation, loss, normalization and option of the library, as `gradus check` does."""
    return [_report(described) for described in _core.check_operations()]


def check_gradients(subject: Data | Network | Loss, parameters: ArrayLike | Sequence[ArrayLike] | Mapping[str, ArrayLike] | None = None, *,
                    data: Data = None, config: PathLike | None = None, rows: int = 32, entries: int = 200, bound: float = BOUND,
                    data_dir: PathLike | None = None, **fields: Any) -> GradientReport:
    """Gradients of a network, or of a loss written in Python, against central differences of order four in double.

    Parameters
    ----------
    subject
        - data, as `gradus.train` takes it, with the fields of a configuration: the network that a training would begin with;
        - a `Network`, with labelled `data` for it;
        - a function `loss(parameters) -> (value, gradients)`, with the `parameters` to begin at: an array, or a sequence or dict of
          arrays, which it gets in float64; gradients come back in the same shape. Its value is all that the numeric side uses.
    rows : int
        Of the training part, the first ones.
    entries : int
        Checked in each tensor, spread evenly; 0: all.
    bound : float
        Of a loss of one's own; the library's own are held to 1e-7.

    ValueError where gradients have another shape than their parameters or a value is not finite.
    """
    if isinstance(subject, Network):
        if data is None:
            raise TypeError("checking a network: no data; expected data= with labelled data for it")
        table = _core.load_table(os.fspath(data), data_folder(data_dir)) if is_name(data) else labelled_table(data)
        return _report(_core.check_model(subject._model, table, rows, entries))
    if callable(subject):
        if parameters is None:
            raise TypeError("checking a loss: no parameters; expected the arrays to begin at as the second argument")
        return _check_loss(subject, parameters, entries, bound)
    in_memory = None
    if is_name(subject):
        fields["data"] = os.fspath(subject)
    elif subject is not None:
        in_memory, fields["data"] = labelled_table(subject), "arrays"
    path = None if config is None else os.fspath(config)
    return _report(_core.check_network(path, fields, in_memory, data_folder(data_dir), rows, entries))


def _report(described: dict[str, Any]) -> GradientReport:
    return GradientReport(**{**described, "worst_by_tensor": [GradientEntry(**entry) for entry in described["worst_by_tensor"]]})


def _check_loss(loss: Loss, parameters: Any, entries: int, bound: float) -> GradientReport:
    arrays, structure = _copied(parameters)
    value, gradients = loss(structure)
    if not math.isfinite(value):
        raise ValueError(f"checking a loss: its value is {value}; expected a finite number")
    analytic = {name: np.array(gradient, dtype=np.float64) for name, gradient in _named(gradients)}
    for name, array in arrays.items():
        if name not in analytic or analytic[name].shape != array.shape:
            got = analytic[name].shape if name in analytic else "missing"
            raise ValueError(f"checking a loss: the gradient of {name} is {got}; expected {array.shape}, as the parameter")
    worst, checked, kinks = [], 0, 0
    for name, array in arrays.items():
        judged, at_kinks = _check_tensor(lambda: float(loss(structure)[0]), value, name, array, analytic[name], entries)
        checked, kinks = checked + len(judged), kinks + at_kinks
        if judged:
            worst.append(max(judged, key=lambda e: math.inf if math.isnan(e.relative_error) else e.relative_error))
    sizes = ", ".join("x".join(map(str, array.shape)) or "1" for array in arrays.values())
    return GradientReport(getattr(loss, "__name__", "the loss"), sizes, checked, kinks, bound, worst)


def _named(values: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(values, Mapping):
        yield from ((str(name), value) for name, value in values.items())
    elif isinstance(values, (list, tuple)):
        yield from ((str(place), value) for place, value in enumerate(values))
    else:
        yield "parameters", values


def _copied(parameters: Any) -> tuple[dict[str, np.ndarray], Any]:
    """Own arrays by name, and the same arrays as the loss is to get them."""
    arrays = {name: np.array(value, dtype=np.float64) for name, value in _named(parameters)}
    if isinstance(parameters, Mapping):
        return arrays, {name: arrays[str(name)] for name in parameters}
    if isinstance(parameters, (list, tuple)):
        return arrays, list(arrays.values())
    return arrays, arrays["parameters"]


def _check_tensor(value_of: Callable[[], float], here: float, name: str, array: np.ndarray, analytic: np.ndarray,
                  entries: int) -> tuple[list[GradientEntry], int]:
    scale = max(_SMALLEST_SCALE, float(np.max(np.abs(analytic), initial=0)))
    count = array.size if entries == 0 else min(array.size, entries)
    judged, kinks = [], 0
    for i in range(count):
        index = tuple(int(k) for k in np.unravel_index(i * array.size // count, array.shape))
        slope = _slope(value_of, here, array, index, scale)
        if slope is None:
            kinks += 1
            continue
        numeric, step = slope
        expected = float(analytic[index])
        judged.append(GradientEntry(name, index, expected, numeric, abs(expected - numeric) / scale, step))
    return judged, kinks


def _slope(value_of: Callable[[], float], here: float, array: np.ndarray, index: tuple[int, ...],
           scale: float) -> tuple[float, float] | None:
    """(slope, step) of one entry; None at a kink."""
    centre = float(array[index])

    def at(offset: float) -> float:
        array[index] = centre + offset
        return value_of()

    slopes, bends = [], []
    steps = [step * max(1.0, abs(centre)) for step in _STEPS]
    try:
        for step in steps:
            above, below = at(step), at(-step)
            slopes.append((8 * (above - below) - (at(2 * step) - at(-2 * step))) / (12 * step))
            bends.append(abs(above - 2 * here + below) / step)
    finally:
        array[index] = centre
    if bends[-1] > _KINK_SHARE * scale and bends[-1] > _KINK_SHRINKS * bends[0]:
        return None
    changes = [abs(b - a) for a, b in zip(slopes, slopes[1:], strict=False)]
    best = min(range(len(changes)), key=lambda i: math.inf if math.isnan(changes[i]) else changes[i]) + 1
    return slopes[best], steps[best]
