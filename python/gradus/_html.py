"""A fitted estimator in a notebook: scikit-learn's diagram, and the curves of the training below it."""
from __future__ import annotations

import math

from sklearn.utils import estimator_html_repr

_WIDTH, _HEIGHT = 480, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 26, 34  # margins around the frame
_TRAINING, _VALIDATION = "#2f7fc1", "#d9722b"  # legible on white and on black


def html_with_curves(estimator) -> str:
    return estimator_html_repr(estimator) + curves_svg(estimator)


def curves_svg(estimator) -> str:
    """loss_curve_ and validation_loss_curve_ over the epochs; '' before fit and after lbfgs. Text takes the page's colour."""
    curves = [("training loss", _TRAINING, getattr(estimator, "loss_curve_", None)),
              ("validation loss", _VALIDATION, getattr(estimator, "validation_loss_curve_", None))]
    curves = [(name, color, values) for name, color, values in curves if values and all(map(math.isfinite, values))]
    if not curves:
        return ""
    epochs = max(len(values) for _, _, values in curves)
    high = max(max(values) for _, _, values in curves)
    ticks = _ticks(min(0.0, *(min(values) for _, _, values in curves)), high)
    low, high = ticks[0], ticks[-1]

    def at(epoch, value):
        x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * ((epoch - 1) / (epochs - 1) if epochs > 1 else 0.5)
        return x, _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (value - low) / (high - low)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
             'aria-label="loss over epochs" fill="currentColor" font-family="sans-serif" font-size="11" style="max-width:100%">']
    for tick in ticks:
        y = at(1, tick)[1]
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="currentColor" stroke-opacity="0.15"/>'
                     f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:.4g}</text>')
    for epoch in sorted({1, epochs}):
        x = at(epoch, low)[0]
        parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 15}" text-anchor="middle">{epoch}</text>')
    parts.append(f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2:.1f}" y="{_HEIGHT - 6}" text-anchor="middle">epoch</text>')
    x = _LEFT
    for name, color, values in curves:
        parts.append(_curve([at(epoch, value) for epoch, value in enumerate(values, 1)], color))
        label = f"{name} {values[-1]:.4g}"
        parts.append(f'<path d="M{x} 12h14" stroke="{color}" stroke-width="2"/><text x="{x + 18}" y="16">{label}</text>')
        x += 40 + 6 * len(label)
    return "".join(parts) + "</svg>"


def _curve(points, color):
    if len(points) == 1:
        return f'<circle cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="3" fill="{color}"/>'
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="1.5" stroke-linejoin="round"/>'


def _ticks(low, high):
    """Three to six round numbers that hold both."""
    span = high - low or abs(high) or 1.0
    unit = 10.0 ** math.floor(math.log10(span / 3))
    step = next(unit * factor for factor in (1, 2, 5, 10) if span / (unit * factor) <= 5)
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    return [step * i for i in range(first, last + 1)]
