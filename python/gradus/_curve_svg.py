"""The losses of a training as a small picture for notebooks, without Matplotlib; gradus.plots has the large ones."""
from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

_WIDTH, _HEIGHT = 480, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 26, 34  # margins around the frame
_COLOURS = {"train_loss": "#0072b2", "validation_loss": "#d55e00", "test_loss": "#009e73"}  # of report/'s curves


def curve_svg(curves: Mapping[str, Sequence[float]]) -> str:
    """Those of train_loss, validation_loss and test_loss over the epochs, from 0 on one scale; text takes the page's colour.

    Values that are not finite are left out; '' where none is left.
    """
    drawn = {name: [(epoch, float(value)) for epoch, value in enumerate(curves[name], 1) if math.isfinite(value)]
             for name in _COLOURS if name in curves}
    drawn = {name: points for name, points in drawn.items() if points}
    if not drawn:
        return ""
    values = [value for points in drawn.values() for _, value in points]
    epochs = max(epoch for points in drawn.values() for epoch, _ in points)
    ticks = _ticks(min(0.0, *values), max(values))

    def at(epoch: int, value: float) -> tuple[float, float]:
        x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * ((epoch - 1) / (epochs - 1) if epochs > 1 else 0.5)
        return x, _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (value - ticks[0]) / (ticks[-1] - ticks[0])

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
             'aria-label="loss over epochs" fill="currentColor" font-family="sans-serif" font-size="11" style="max-width:100%">']
    for tick in ticks:
        y = at(1, tick)[1]
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="currentColor" stroke-opacity="0.15"/>'
                     f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:.4g}</text>')
    for epoch in sorted({1, epochs}):
        parts.append(f'<text x="{at(epoch, 0)[0]:.1f}" y="{_HEIGHT - _BOTTOM + 15}" text-anchor="middle">{epoch}</text>')
    parts.append(f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2:.1f}" y="{_HEIGHT - 6}" text-anchor="middle">epoch</text>')
    x = _LEFT
    for name, points in drawn.items():
        parts.append(_curve([at(*point) for point in points], _COLOURS[name]))
        label = f"{name.replace('_', ' ')} {points[-1][1]:.4g}"
        parts.append(f'<path d="M{x} 12h14" stroke="{_COLOURS[name]}" stroke-width="2"/><text x="{x + 18}" y="16">{label}</text>')
        x += 40 + 6 * len(label)
    return "".join(parts) + "</svg>"


def _curve(points: list[tuple[float, float]], colour: str) -> str:
    if len(points) == 1:
        return f'<circle cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="3" fill="{colour}"/>'
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.5" stroke-linejoin="round"/>'


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers that hold both."""
    span = high - low or abs(high) or 1.0
    unit = 10.0 ** math.floor(math.log10(span / 3))
    step = next(unit * factor for factor in (1, 2, 5, 10) if span / (unit * factor) <= 5)
    first = math.floor(low / step)
    return [step * i for i in range(first, max(math.ceil(high / step), first + 1) + 1)]
