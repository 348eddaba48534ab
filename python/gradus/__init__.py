"""gradus: dense neural networks on ordinary processors, fast and the same to the bit.

The estimators stand in for scikit-learn's MLPClassifier and MLPRegressor; scikit-learn is imported when one of them is first used.
"""
from __future__ import annotations

import importlib

__version__ = "0.1.0"

_WHERE = {
    "EpochRecord": "_callbacks",
    "MLPClassifier": "_estimators",
    "MLPRegressor": "_estimators",
    "from_sklearn": "_conversion",
    "kernel_set": "_core",
    "load": "_conversion",
    "numerics_version": "_core",
}
__all__ = sorted(_WHERE)


def __getattr__(name):
    if name in _WHERE:
        return getattr(importlib.import_module("." + _WHERE[name], __name__), name)
    raise AttributeError(f"module 'gradus' has no attribute {name!r}")


def __dir__():
    return __all__
