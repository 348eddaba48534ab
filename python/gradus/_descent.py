"""descend: gradient descent on a function of two variables."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from . import _core
from ._columns import Columns


@dataclass(frozen=True)
class Descent:
    """The way of a descent."""

    function: str
    label: str
    path: Columns
    """step, x, y, value, learning_rate (that led there); the start first."""
    diverged: bool
    """The next point was no longer finite."""

    @property
    def end(self) -> tuple[float, float]:
        return float(self.path["x"][-1]), float(self.path["y"][-1])

    @property
    def value(self) -> float:
        return float(self.path["value"][-1])


def descend(function: str, start: Sequence[float] | None = None, *, optimizer: str = "sgd", learning_rate: float = 0.1,
            decay: float = 1.0, momentum: float = 0.9, steps: int = 20) -> Descent:
    """Descends on radboud, rosenbrock, himmelblau, beale, booth or rastrigin, or on a formula such as "x^2 + 3*y^2", as `gradus descend` does.

    Both partial derivatives are taken at the old point; the rate of step t is learning_rate * decay^t. `start` is the function's own
    where none is given. ValueError for an unknown name, with the nearest known one, a formula
    that cannot be read, with the column, or a setting out of its range.
    """
    point = None if start is None else (float(start[0]), float(start[1]))
    described = _core.descend(function, point, optimizer, learning_rate, decay, momentum, steps)
    rate = f"{learning_rate:g}" if decay == 1 else f"{learning_rate:g} * {decay:g}^t"
    return Descent(function, f"{optimizer}, {rate}", Columns(described["path"]), described["diverged"])


def heights(function: str, x: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Values (len(y), len(x)) of one of the functions or of a formula over a grid."""
    return _core.heights(function, np.ascontiguousarray(x, dtype=np.float64), np.ascontiguousarray(y, dtype=np.float64))
