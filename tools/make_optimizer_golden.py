#!/usr/bin/env python3
"""Prints the golden values of gradus/optim/*_test.cpp as C++ rows.

Optimizers: PyTorch in float64, ten steps on two tensors (three and two entries) with given gradients and a
rate that changes every step. Schedules: written here from their formulas, with Python's own math. Needs a
Python with PyTorch (the numbers were made with 1.13).
"""

import math

STEPS = 10
START = [1.0, -0.75, 0.5, 2.0, -1.25]
SIZES = [3, 2]


def gradient(step, index):
    """Exact in binary; entry 0 is small, so that epsilon's place shows."""
    scale = 2.0**-12 if index == 0 else 0.125
    return ((7 * index + 5 * step) % 13 - 6) * scale


def learning_rate(step):
    return (20 - step) / 256


def optimizer_rows():
    import torch

    rules = {
        "kSgd": (torch.optim.SGD, {}),
        "kMomentum": (torch.optim.SGD, {"momentum": 0.9}),
        "kNesterov": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
        "kRmsprop": (torch.optim.RMSprop, {}),
        "kAdagrad": (torch.optim.Adagrad, {}),
        "kAdam": (torch.optim.Adam, {}),
        "kAdamw": (torch.optim.AdamW, {}),
    }
    for name, (optimizer_class, settings) in rules.items():
        for weight_decay in (0.0, 0.125):
            flat = torch.tensor(START, dtype=torch.float64)
            tensors = [part.clone() for part in torch.split(flat, SIZES)]
            optimizer = optimizer_class(tensors, lr=1.0, weight_decay=weight_decay, **settings)
            for step in range(STEPS):
                optimizer.param_groups[0]["lr"] = learning_rate(step)
                flat_gradient = [gradient(step, index) for index in range(len(START))]
                parts = torch.split(torch.tensor(flat_gradient, dtype=torch.float64), SIZES)
                for tensor, part in zip(tensors, parts):
                    tensor.grad = part
                optimizer.step()
            values = ", ".join(repr(value) for value in torch.cat(tensors).tolist())
            yield f"{{UpdateRule::{name}, {weight_decay!r}, {{{values}}}}},"


def schedule_rows():
    """Factors of 12 steps, three to an epoch."""
    steps, per_epoch = 12, 3
    formulas = {
        "kConstant": lambda s, e: 1.0,
        "kExponential": lambda s, e: 0.95**s,
        "kExponentialEpoch": lambda s, e: 0.95**e,
        "kStep": lambda s, e: 0.1 ** (e // 2),
        "kInverse": lambda s, e: (1 + 0.25 * s) ** -0.75,
        "kCosine": lambda s, e: 0.1 + 0.9 * (1 + math.cos(math.pi * s / steps)) / 2,
    }
    for name, warmup in [*((name, 0) for name in formulas), ("kExponential", 4)]:
        factors = [formulas[name](s, s // per_epoch) for s in range(steps)]
        for s in range(warmup):
            factors[s] *= (s + 1) / warmup
        yield f"{{ScheduleKind::{name}, {warmup}, {{{', '.join(map(repr, factors))}}}}},"


if __name__ == "__main__":
    for row in [*optimizer_rows(), *schedule_rows()]:
        print(row)
