"""The losses of a history as a small picture for notebooks, without Matplotlib; gradus.plots has the large ones."""
from __future__ import annotations

import numpy as np

from ._columns import Columns

_WIDTH, _HEIGHT, _MARGIN = 420, 150, 24
_COLOURS = {"train_loss": "#0072b2", "validation_loss": "#d55e00", "test_loss": "#009e73"}  # of report/'s curves


def curve_svg(history: Columns) -> str:
    """One line per loss over the epochs, the same scale for all; text takes the page's colour. Empty for fewer than two epochs."""
    curves = {name: history[name] for name in _COLOURS if name in history}
    finite = np.concatenate([values[np.isfinite(values)] for values in curves.values()]) if curves else np.empty(0)
    if history.n_rows < 2 or not len(finite):
        return ""
    low, high = finite.min(), finite.max()
    parts = [f'<svg width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="loss over epochs" '
             'fill="currentColor" font-family="sans-serif" font-size="11">']
    for place, (name, values) in enumerate(curves.items()):
        x = _MARGIN + (_WIDTH - 2 * _MARGIN) * np.arange(len(values)) / (len(values) - 1)
        y = _MARGIN + (_HEIGHT - 2 * _MARGIN) * (high - values) / (high - low or 1)
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True) if np.isfinite(b))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{_COLOURS[name]}" stroke-width="1.5"/>'
                     f'<text x="{_MARGIN + 125 * place}" y="14"><tspan fill="{_COLOURS[name]}">&#9632;</tspan> '
                     f'{name.replace("_", " ")} {values[-1]:.4g}</text>')
    parts.append(f'<text x="{_WIDTH - _MARGIN}" y="{_HEIGHT - 8}" text-anchor="end">{len(history["epoch"])} epochs</text></svg>')
    return "".join(parts)
