"""What the estimators' constructors take, checked at fit, with scikit-learn's wording."""
from __future__ import annotations

import numbers
from typing import Any, Callable

import numpy as np

from ._sklearn_compat import InvalidParameterError

# scikit-learn's name of the logistic function beside the field's.
ACTIVATIONS = {name: name for name in ("identity", "sigmoid", "tanh", "relu", "lecun_tanh", "leaky_relu", "elu", "gelu", "silu", "softplus")}
ACTIVATIONS["logistic"] = "sigmoid"
STOCHASTIC_SOLVERS = ("sgd", "adam", "momentum", "nesterov", "rmsprop", "adagrad", "adamw")
# Schedules of the library, step by step; "constant", "invscaling" and "adaptive" are scikit-learn's.
SCHEDULES = ("exponential", "exponential_epoch", "step", "inverse", "cosine", "plateau", "one_cycle")
# Those that need to know how long the training is, or what its losses were.
WHOLE_SCHEDULES = ("cosine", "one_cycle", "plateau")

Rule = tuple[str, Callable[[Any], bool]]


def is_integer(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_))


def real(low: float, high: float = np.inf, closed: str = "left") -> Rule:
    """A number of the interval; `closed`: which ends belong to it."""
    def check(value):
        if not isinstance(value, numbers.Real) or isinstance(value, (bool, np.bool_)) or np.isnan(value):
            return False
        above = value >= low if closed in ("left", "both") else value > low
        return above and (value <= high if closed in ("right", "both") else value < high)
    ends = ("[" if closed in ("left", "both") else "(") + f"{low}, {high}" + ("]" if closed in ("right", "both") else ")")
    return f"a float in the range {ends}", check


def integer(low: int) -> Rule:
    return f"an int of at least {low}", lambda value: is_integer(value) and value >= low


def choice(*names: str) -> Rule:
    return f"a str among {set(names)}", lambda value: isinstance(value, str) and value in names


def either(*rules: Rule) -> Rule:
    return " or ".join(text for text, _ in rules), lambda value: any(check(value) for _, check in rules)


def each(rule: Rule) -> Rule:
    """One for all hidden layers, or a sequence of one for each."""
    text, check = rule
    return (f"{text}, or a sequence of them, one for each hidden layer",
            lambda value: check(value) or (_is_sequence(value) and all(check(entry) for entry in value)))


BOOL = ("an instance of 'bool'", lambda value: isinstance(value, (bool, np.bool_)))
NONE = ("None", lambda value: value is None)

RULES: dict[str, Rule] = {
    "activation": each(choice(*ACTIVATIONS)),
    "solver": choice("lbfgs", *STOCHASTIC_SOLVERS),
    "alpha": real(0),
    "batch_size": either(choice("auto"), integer(1)),
    "learning_rate": choice("constant", "invscaling", "adaptive", *SCHEDULES),
    "learning_rate_init": real(0, closed="neither"),
    "power_t": real(0),
    "max_iter": integer(1),
    "shuffle": BOOL,
    "tol": real(0),
    "verbose": either(BOOL, integer(0)),
    "warm_start": BOOL,
    "momentum": real(0, 1, closed="both"),
    "nesterovs_momentum": BOOL,
    "early_stopping": BOOL,
    "validation_fraction": real(0, 1),
    "beta_1": real(0, 1),
    "beta_2": real(0, 1),
    "epsilon": real(0, closed="neither"),
    "n_iter_no_change": either(integer(1), ("inf", lambda value: isinstance(value, numbers.Real) and value == np.inf)),
    "max_fun": integer(1),
    "dropout": each(real(0, 1)),
    "batch_normalization": BOOL,
    "schedule_options": either(NONE, ("a dict", lambda value: isinstance(value, dict))),
    "weight_decay": either(NONE, real(0)),
    "decay": real(0, 1),
    "clip_norm": either(NONE, real(0, closed="neither")),
    "callbacks": either(NONE, ("a sequence of callables", lambda value: _is_sequence(value) and all(map(callable, value)))),
    "progress": either(BOOL, choice("auto")),
    "n_jobs": either(NONE, ("an int but 0", lambda value: is_integer(value) and value != 0)),
}


def check_parameters(estimator: Any, own_rules: dict[str, Rule]) -> None:
    """Raises InvalidParameterError, a ValueError, for the first parameter out of its range."""
    for name, (text, check) in {**RULES, **own_rules}.items():
        value = getattr(estimator, name)
        if not check(value):
            raise InvalidParameterError(f"The {name!r} parameter of {type(estimator).__name__} must be {text}. Got {value!r} instead.")


def hidden_sizes(value: Any) -> list[int]:
    """hidden_layer_sizes, which may be one number, as a list."""
    sizes = list(value) if hasattr(value, "__iter__") else [value]
    if not all(is_integer(size) and size > 0 for size in sizes):
        raise InvalidParameterError(f"hidden_layer_sizes must be > 0, got {sizes}.")
    return [int(size) for size in sizes]


def per_layer(name: str, value: Any, layers: int) -> list:
    """One entry for each hidden layer."""
    if not _is_sequence(value):
        return [value] * layers
    if len(value) != layers:
        raise InvalidParameterError(f"{name} has {len(value)} entries; expected one for each of the {layers} hidden layers")
    return list(value)


def _is_sequence(value: Any) -> bool:
    return isinstance(value, (list, tuple, np.ndarray))
