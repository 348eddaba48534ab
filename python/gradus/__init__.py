"""gradus: dense neural networks on ordinary processors, fast and the same to the bit.

The estimators stand in for scikit-learn's MLPClassifier and MLPRegressor; scikit-learn is imported when one of them is first used.
"""
from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["MLPClassifier", "MLPRegressor", "kernel_set", "numerics_version"]


def __getattr__(name):
    if name in ("MLPClassifier", "MLPRegressor"):
        from . import _estimators
        return getattr(_estimators, name)
    if name in ("kernel_set", "numerics_version"):
        from . import _core
        return getattr(_core, name)
    raise AttributeError(f"module 'gradus' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
