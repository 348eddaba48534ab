"""gradus: dense neural networks on ordinary processors, fast and the same to the bit.

The estimators stand in for scikit-learn's MLPClassifier and MLPRegressor; `train`, `Network`, `check_gradients`, `Study`, `runs` and
`plots` are the rest of the library. What a name needs, scikit-learn or Matplotlib, is imported when it is first used.
"""
from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import plots
    from ._callbacks import EpochRecord
    from ._columns import Columns
    from ._conversion import from_sklearn, load
    from ._core import kernel_set, numerics_version
    from ._descent import descend
    from ._estimators import MLPClassifier, MLPRegressor
    from ._gradient_check import check_gradients, check_operations
    from ._network import Network, convert, verify
    from ._runs import runs
    from ._study import Study
    from ._training import TrainingResult, configuration, train

__version__ = "0.1.0"

_HOMES = {
    "Columns": "_columns",
    "EpochRecord": "_callbacks",
    "MLPClassifier": "_estimators",
    "MLPRegressor": "_estimators",
    "Network": "_network",
    "Study": "_study",
    "TrainingResult": "_training",
    "check_gradients": "_gradient_check",
    "check_operations": "_gradient_check",
    "configuration": "_training",
    "convert": "_network",
    "descend": "_descent",
    "from_sklearn": "_conversion",
    "kernel_set": "_core",
    "load": "_conversion",
    "numerics_version": "_core",
    "runs": "_runs",
    "train": "_training",
    "verify": "_network",
}
# Written out for those who read it without running it: type checkers and editors.
__all__ = [
    "Columns", "EpochRecord", "MLPClassifier", "MLPRegressor", "Network", "Study", "TrainingResult", "check_gradients", "check_operations",
    "configuration", "convert", "descend", "from_sklearn", "kernel_set", "load", "numerics_version", "plots", "runs", "train", "verify",
]


def __getattr__(name: str) -> Any:
    if name == "plots":
        return importlib.import_module(".plots", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module 'gradus' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
