"""The pictures of gradus's reports, drawn with Matplotlib.

Every function takes an optional `ax` to draw on, makes a figure of its own otherwise, and returns the axes. Colours are those of the
reports: Okabe and Ito's, made for colour-blind eyes; each curve also has its own dashes.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from . import _core
from ._columns import Columns
from ._descent import Descent, heights
from ._network import Network
from ._training import TrainingResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#1f2328")
DASHES: tuple[Any, ...] = ("-", (0, (7, 3)), (0, (2, 3)), (0, (9, 3, 2, 3)), (0, (14, 4)))
_RIGHT, _WRONG, _FAINT, _INK = "#0072b2", "#d55e00", "#a8b1ba", "#1f2328"
_PATHS = ("#ff5a1f", "#ffffff", "#ff9ad5", "#ffd21f", "#7fe7ff", "#c9c9c9")
_VERDICTS = {"supported": "#009e73", "refuted": "#d55e00", "cannot tell": "#59636e"}


def _axes(ax: Axes | None, width: float = 6.4, height: float = 4.0) -> Axes:
    if ax is not None:
        return ax
    from matplotlib import pyplot
    _, ax = pyplot.subplots(figsize=(width, height), layout="constrained")
    return ax


def _tidy(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#e3e7eb", linewidth=1)
    ax.set_axisbelow(True)


def _log_scale(ax: Axes) -> None:
    """With numbers as people write them, 0.3 and not 3 x 10^-1, also where the axis holds no power of ten."""
    from matplotlib.ticker import LogFormatter

    class Plain(LogFormatter):
        def __call__(self, x: float, pos: Any = None) -> str:
            return f"{x:g}" if super().__call__(x, pos) else ""

    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(Plain())
    ax.yaxis.set_minor_formatter(Plain(minor_thresholds=(2, 0.4)))


def _style(place: int) -> dict[str, Any]:
    return {"color": COLOURS[place % len(COLOURS)], "linestyle": DASHES[place % len(DASHES)], "linewidth": 2}


def _history(run: Any) -> Columns:
    return Columns(getattr(run, "history", run))


# A run (what `gradus.train` returns, or one of `gradus.runs`), its history, or several of them, one per seed.
Runs = Any


def curves(runs: Runs | Mapping[Any, Runs], metric: str | Sequence[str] = "", *, x: str = "epoch", log_y: bool = False,
           ax: Axes | None = None) -> Axes:
    """Curves over the epochs. Several runs under one name are seeds: their median, with a band from the lowest to the highest.

    Parameters
    ----------
    runs : run, history, list of them, or mapping of names to these
        A mapping draws a curve per name.
    metric : str or sequence of str
        Columns of the history; of a single run all its losses by default, else validation_loss or train_loss.
    x : str
        epoch or step
    """
    from matplotlib.ticker import MaxNLocator
    ax = _axes(ax)
    named = runs if isinstance(runs, Mapping) and not isinstance(runs, Columns) else {"": runs}
    groups = {name: [_history(run) for run in (group if isinstance(group, (list, tuple)) else [group])] for name, group in named.items()}
    metrics = [metric] if isinstance(metric, str) and metric else list(metric) or _default_metrics(groups)
    place = 0
    for name, group in groups.items():
        for one in metrics:
            label = f"{name} {one.replace('_', ' ')}".strip() if len(metrics) > 1 or name == "" else str(name)
            _band(ax, [(history[x], history[one]) for history in group if one in history], label, place)
            place += 1
    if log_y:
        _log_scale(ax)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(x)
    ax.set_ylabel(metrics[0].replace("_", " ") if len(metrics) == 1 else "loss" if all(m.endswith("loss") for m in metrics) else "")
    _tidy(ax)
    if place > 1:
        ax.legend(frameon=False)
    return ax


def _default_metrics(groups: Mapping[Any, list[Columns]]) -> list[str]:
    known = list(dict.fromkeys(name for group in groups.values() for history in group for name in history))
    losses: list[str] = [name for name in ("train_loss", "validation_loss", "test_loss") if name in known]
    return losses if len(groups) == 1 or not losses else [losses[min(1, len(losses) - 1)]]


def _band(ax: Axes, lines: list[tuple[np.ndarray, np.ndarray]], label: str, place: int) -> None:
    points: dict[float, list[float]] = {}
    for xs, ys in lines:
        for at, value in zip(xs.tolist(), ys.tolist(), strict=True):
            points.setdefault(at, []).append(value)
    xs = np.array(sorted(points))
    ax.plot(xs, [np.median(points[at]) for at in xs], label=label, **_style(place))
    if len(lines) > 1:
        low, high = [min(points[at]) for at in xs], [max(points[at]) for at in xs]
        ax.fill_between(xs, low, high, color=COLOURS[place % len(COLOURS)], alpha=0.2, linewidth=0)


def confusion(matrix: ArrayLike | TrainingResult, classes: Sequence[Any] | None = None, *, ax: Axes | None = None) -> Axes:
    """A confusion matrix (true class by row): blue is right, orange wrong, stronger the larger the share of the true class."""
    from matplotlib.colors import to_rgb
    counts = np.asarray(matrix.report["confusion"] if isinstance(matrix, TrainingResult) else matrix)
    if isinstance(matrix, TrainingResult) and classes is None:
        classes = matrix.network.classes.tolist()
    names = [str(name) for name in (range(len(counts)) if classes is None else classes)]
    size = max(3.2, min(9.0, 1.2 + 0.5 * len(counts)))
    ax = _axes(ax, size, size)
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    right = np.eye(len(counts), dtype=bool)
    strength = np.where(right, shares, np.sqrt(shares))[..., None]  # small shares of wrong ones are lifted so that they are seen
    colour = np.where(right[..., None], to_rgb(_RIGHT), to_rgb(_WRONG))
    ax.imshow(1 - strength * (1 - colour))
    for row, col in np.argwhere(counts > 0):
        dark = strength[row, col, 0] > 0.6
        ax.text(col, row, f"{counts[row, col]:,}", ha="center", va="center", fontsize=9, color="white" if dark else _INK)
    ax.set_xticks(range(len(names)), names, rotation=90 if max(map(len, names)) > 3 else 0)
    ax.set_yticks(range(len(names)), names)
    ax.set_xlabel("predicted")
    ax.set_ylabel("true")
    ax.set_title(f"{np.trace(counts):,} of {counts.sum():,} right, {np.trace(counts) / counts.sum():.1%}", fontsize=11)
    return ax


def intervals(rows: Mapping[str, ArrayLike], measure: str = "", *, reference: float | None = None, ax: Axes | None = None) -> Axes:
    """Estimates with their 95 % intervals, one below the other, from the columns of a study's result.

    rows: `result.contenders` (with the `measure` to draw), `result.claims` (colour: the verdict), or columns name, mean or estimate,
    low, high of one's own. reference: an upright line, such as 0 for "no difference".
    """
    columns = {name: np.asarray(values, dtype=object) for name, values in rows.items()}
    if "measure" in columns:
        measure = measure or columns["measure"][0]
        chosen = columns["measure"] == measure
        if not chosen.any():
            raise ValueError(f"there is no measure {measure!r}; expected one of {', '.join(dict.fromkeys(columns['measure']))}")
        columns = {name: values[chosen] for name, values in columns.items()}
    names = next(columns[name] for name in ("contender", "says", "name") if name in columns)
    estimates = _floats(columns["mean" if "mean" in columns else "estimate"])
    low, high = _floats(columns["low"]), _floats(columns["high"])
    ax = _axes(ax, 6.4, 0.9 + 0.35 * len(names))
    for place, (name, estimate) in enumerate(zip(names, estimates, strict=True)):
        colour = _VERDICTS[columns["verdict"][place]] if "verdict" in columns else COLOURS[0]
        if np.isfinite([low[place], high[place]]).all():
            ax.plot([low[place], high[place]], [place, place], color=_INK, linewidth=2)
        ax.plot(estimate, place, "o", color=colour, markersize=7)
    if reference is not None:
        ax.axvline(reference, color="#6e7781", linewidth=1, linestyle=(0, (3, 3)))
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlabel(f"{measure or 'estimate'}, 95 % interval".replace("_", " "))
    _tidy(ax)
    ax.grid(axis="y", visible=False)
    return ax


def _floats(values: np.ndarray) -> np.ndarray:
    return np.array([np.nan if value is None else float(value) for value in values])


def heat_map(values: ArrayLike, rows: Sequence[Any], columns: Sequence[Any], *, row_title: str = "", column_title: str = "",
             title: str = "", lower_is_better: bool = False, ax: Axes | None = None) -> Axes:
    """A grid of results (rows, columns): lightness grows with the value, the best cell has a frame, cells without one are hatched."""
    from matplotlib import pyplot
    from matplotlib.patches import Rectangle
    grid = np.asarray(values, dtype=float)
    ax = _axes(ax, 2 + 0.8 * grid.shape[1], 1.4 + 0.5 * grid.shape[0])
    finite = np.isfinite(grid)
    image = ax.imshow(np.ma.masked_where(~finite, grid), cmap="viridis", aspect="auto")
    for row, col in np.ndindex(*grid.shape):
        if finite[row, col]:
            dark = image.norm(grid[row, col]) < 0.6
            ax.text(col, row, f"{grid[row, col]:.3g}", ha="center", va="center", fontsize=9, color="white" if dark else _INK)
        else:
            ax.add_patch(Rectangle((col - 0.5, row - 0.5), 1, 1, fill=False, hatch="///", edgecolor=_FAINT, linewidth=0))
    if finite.any():
        ranked = np.where(finite, grid if not lower_is_better else -grid, -np.inf)
        row, col = np.unravel_index(int(np.argmax(ranked)), grid.shape)
        ax.add_patch(Rectangle((float(col) - 0.5, float(row) - 0.5), 1, 1, fill=False, edgecolor=_WRONG, linewidth=2.5))
    ax.set_xticks(range(grid.shape[1]), [str(name) for name in columns])
    ax.set_yticks(range(grid.shape[0]), [str(name) for name in rows])
    ax.set_xlabel(column_title)
    ax.set_ylabel(row_title)
    pyplot.colorbar(image, ax=ax, label=title)
    return ax


def parallel(columns: Mapping[str, ArrayLike], result: str, *, lower_is_better: bool = False, best: int = 5, log: Sequence[str] = (),
             ax: Axes | None = None) -> Axes:
    """The runs of a search as lines across parallel axes: one column per varied field, `result` the last.

    The `best` runs are drawn in colour over the others in grey; columns in `log` have logarithmic axes, text has one place per value.
    Runs without a finite result end below the axis.
    """
    names = [name for name in columns if name != result] + [result]
    ax = _axes(ax, 1.5 * len(names) + 1)
    results = np.asarray(columns[result], dtype=float)
    order = np.argsort(np.where(np.isfinite(results), results if lower_is_better else -results, np.inf), kind="stable")
    places = np.stack([_places(np.asarray(columns[name]), name in log) for name in names])
    places[-1][~np.isfinite(results)] = -0.08
    for rank, run in reversed(list(enumerate(order))):
        stands_out = rank < best and np.isfinite(results[run])
        style = {**_style(rank), "zorder": 3} if stands_out else {"color": _FAINT, "linewidth": 1, "alpha": 0.7}
        ax.plot(range(len(names)), places[:, run], label=f"{results[run]:.4g}" if stands_out else None, **style)
    for at, name in enumerate(names):
        ax.axvline(at, color="#6e7781", linewidth=1)
        for text, height in _ticks(np.asarray(columns[name]), name in log):
            ax.annotate(text, (at, height), xytext=(3, 0), textcoords="offset points", va="center", fontsize=8, color=_INK, zorder=4,
                        bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.6})
    ax.set_xticks(range(len(names)), [name.replace("_", " ") for name in names])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(handles[::-1], labels[::-1], title=result.replace("_", " "), frameon=False, loc="upper left", bbox_to_anchor=(1.02, 1))
    return ax


def _is_text(values: np.ndarray) -> bool:
    return values.dtype.kind not in "uif"


def _scaled(values: np.ndarray, log: bool) -> np.ndarray:
    return np.log10(values.astype(float)) if log else values.astype(float)


def _places(values: np.ndarray, log: bool) -> np.ndarray:
    if _is_text(values):
        names = sorted({str(value) for value in values})
        return np.array([names.index(str(value)) / max(1, len(names) - 1) for value in values])
    scaled = _scaled(values, log)
    finite = scaled[np.isfinite(scaled)]
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
    return np.asarray((scaled - low) / (high - low) if high > low else np.where(np.isfinite(scaled), 0.5, np.nan))


def _ticks(values: np.ndarray, log: bool) -> list[tuple[str, float]]:
    places = _places(values, log)
    if _is_text(values):
        return list({str(value): float(place) for value, place in zip(values, places, strict=True)}.items())
    known, first = np.unique(places[np.isfinite(places)], return_index=True)
    shown = range(len(known)) if len(known) <= 6 else (0, len(known) - 1)  # of many values the ends
    finite = values[np.isfinite(places)]
    return [(f"{finite[first[i]]:.4g}", float(known[i])) for i in shown]


def layers(runs: Any, statistic: str = "gradients_norm", *, log_y: bool = True, ax: Axes | None = None) -> Axes:
    """A figure of each layer by depth, such as the norm of its gradient; of runs that recorded it (`layers_every`).

    runs: a run, or a mapping of names to runs; the last recorded step of each is drawn.
    """
    named = runs if isinstance(runs, Mapping) else {"": runs}
    ax = _axes(ax)
    most = 0
    for place, (name, run) in enumerate(named.items()):
        found = {key.split("/")[1]: points["value"][-1] for key, points in run.series.items()
                 if key.startswith("layers/") and key.endswith("/" + statistic)}
        if not found:
            raise ValueError(f"no {statistic} was recorded; expected a run with layers_every=N")
        values = [found[layer] for layer in sorted(found, key=int)]
        most = max(most, len(values))
        ax.plot(range(1, len(values) + 1), values, marker="o", label=name, **_style(place))
    ax.set_xticks(range(1, most + 1))
    ax.set_xlabel("layer, from the input")
    ax.set_ylabel(statistic.replace("_", " "))
    if log_y:
        _log_scale(ax)
    _tidy(ax)
    if len(named) > 1:
        ax.legend(frameon=False)
    return ax


def histograms(run: Any, quantity: str = "weights", *, step: int = -1, ax: Axes | None = None) -> Axes:
    """Distributions in every layer, below each other over one axis, of a run that recorded them (`layers_every`).

    quantity: weights, gradients or activations; step: which of the recorded ones, the last by default. Every layer has the height of its
    row: shapes are compared, not numbers of parameters.
    """
    if not run.layers:
        raise ValueError("no layers were recorded; expected a run with layers_every=N")
    recorded = run.layers[step]
    ax = _axes(ax, 6.4, 1 + 0.55 * len(recorded["layers"]))
    for row, layer in enumerate(recorded["layers"]):
        distribution = layer[quantity]
        counts = np.array(distribution["counts"], dtype=float)
        edges = np.linspace(distribution["low"], distribution["high"], len(counts) + 1)
        ax.stairs(row - 0.9 * counts / max(1, counts.max()), edges, baseline=row, fill=True, color=COLOURS[0], alpha=0.8)
        ax.axhline(row, color=_FAINT, linewidth=0.8)
    ax.set_yticks(range(len(recorded["layers"])), [f"layer {row + 1}" for row in range(len(recorded["layers"]))])
    ax.set_ylim(len(recorded["layers"]) - 0.9, -1)
    ax.set_xlabel(f"{quantity}, step {recorded['step']}")
    ax.spines[["top", "right", "left"]].set_visible(False)
    return ax


def weights(network: Network | TrainingResult, *, units: int = 16, ax: Axes | None = None) -> Axes:
    """The weights into the first units as pictures, for inputs that are pixels; all share one scale whose middle grey is zero."""
    network = network.network if isinstance(network, TrainingResult) else network
    if network.picture_shape is None:
        raise ValueError("the inputs are no pixels; expected a network trained on pictures, X of shape (n, height, width)")
    height, width = network.picture_shape
    first = next(iter(network.parameters.values()))[:units, :height * width]
    across = int(np.ceil(np.sqrt(len(first))))
    down = -(-len(first) // across)
    sheet = np.full((down * (height + 1) - 1, across * (width + 1) - 1), np.nan)
    for unit, values in enumerate(first):
        top, left = unit // across * (height + 1), unit % across * (width + 1)
        sheet[top:top + height, left:left + width] = values.reshape(height, width)
    ax = _axes(ax, 5, 5 * down / across)
    bound = float(np.percentile(np.abs(first), 99.5)) or 1.0
    ax.imshow(sheet, cmap="gray", vmin=-bound, vmax=bound)
    ax.set_axis_off()
    ax.set_title(f"weights into {len(first)} units, black {-bound:.2g} to white {bound:.2g}", fontsize=11)
    return ax


def descents(paths: Descent | Sequence[Descent] | Mapping[str, Descent], *, levels: int = 50, logarithmic: bool = False, grid: int = 200,
             ax: Axes | None = None) -> Axes:
    """Descents on a map of their function's heights: starts are rings, ends diamonds.

    logarithmic: levels dense near the lowest point, for narrow valleys such as rosenbrock's.
    """
    from matplotlib import pyplot
    if isinstance(paths, Descent):
        paths = [paths]
    named = dict(paths) if isinstance(paths, Mapping) else {f"{i}: {path.label}" if len(paths) > 1 else path.label: path
                                                           for i, path in enumerate(paths, 1)}
    function = next(iter(named.values())).function
    described = _core.function_of_two_variables(function)
    axis = np.linspace(described["low"], described["high"], grid)
    values = heights(function, axis, axis)
    ax = _axes(ax, 6.4, 5.2)
    if logarithmic:
        lowest = values.min()
        filled = ax.contourf(axis, axis, np.log10(values - lowest + 1e-3 * (values.max() - lowest) + 1e-12), levels=levels, cmap="viridis")
    else:
        filled = ax.contourf(axis, axis, values, levels=levels, cmap="viridis")
    pyplot.colorbar(filled, ax=ax, label="log10 of the height over the lowest" if logarithmic else "height")
    for place, (name, path) in enumerate(named.items()):
        colour = _PATHS[place % len(_PATHS)]
        x, y = path.path["x"], path.path["y"]
        ax.plot(x, y, color=_INK, linewidth=3, solid_capstyle="round")
        ax.plot(x, y, color=colour, linewidth=2, marker=".", markersize=5, label=f"{name}: {path.value:.4g}")
        ax.plot(x[0], y[0], "o", markerfacecolor="none", markeredgecolor=colour, markersize=9, markeredgewidth=2)
        ax.plot(x[-1], y[-1], "D", color=colour, markeredgecolor=_INK, markersize=7)
    ax.set(xlim=(axis[0], axis[-1]), ylim=(axis[0], axis[-1]), xlabel="x", ylabel="y", aspect="equal")
    ax.set_title(f"{function}: {described['formula']}", fontsize=11)
    legend = ax.legend(loc="lower right", fontsize=8, facecolor="#30363d", labelcolor="white", framealpha=0.85)
    legend.set_zorder(10)
    return ax


def decision_surface(network: Network | TrainingResult, X: ArrayLike, y: ArrayLike | None = None, *, grid: int = 200, ax: Axes | None = None) -> Axes:
    """What a network with two features predicts over the plane, and the samples on it.

    Two classes: the probability of the second; more: the predicted class, paler where it is unsure; a regression: its value.
    """
    from matplotlib import pyplot
    from matplotlib.colors import to_rgb
    network = network.network if isinstance(network, TrainingResult) else network
    points = np.asarray(X)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"X has shape {points.shape}; expected (n, 2): a plane shows two features")
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.08 * np.where(high > low, high - low, 1)
    axes = [np.linspace(low[i] - margin[i], high[i] + margin[i], grid) for i in (0, 1)]
    plane = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2).astype(points.dtype)
    ax = _axes(ax, 5.6, 4.6)
    if network.task == "regression":
        image = ax.contourf(*axes, network.predict(plane).reshape(grid, grid), levels=30, cmap="viridis")
        pyplot.colorbar(image, ax=ax)
    else:
        probabilities = network.predict_proba(plane)
        winner = probabilities.argmax(axis=1)
        least = 1 / probabilities.shape[1]
        sureness = ((probabilities.max(axis=1) - least) / (1 - least))[:, None]
        palette = np.array([to_rgb(COLOURS[i % len(COLOURS)]) for i in range(probabilities.shape[1])])
        shade = 1 - 0.6 * sureness * (1 - palette[winner])
        ax.imshow(shade.reshape(grid, grid, 3), origin="lower", extent=(axes[0][0], axes[0][-1], axes[1][0], axes[1][-1]), aspect="auto")
        if probabilities.shape[1] == 2:
            ax.contour(*axes, probabilities[:, 1].reshape(grid, grid), levels=[0.5], colors=_INK, linewidths=1.5)
    if y is not None:
        labels = np.asarray(y)
        if network.task == "regression":
            ax.scatter(points[:, 0], points[:, 1], c=labels, cmap="viridis", s=14, edgecolors="white", linewidths=0.5)
        else:
            for place, name in enumerate(network.classes.tolist()):
                of_class = points[labels == name]
                ax.scatter(of_class[:, 0], of_class[:, 1], color=COLOURS[place % len(COLOURS)], s=14, edgecolors="white", linewidths=0.5, label=name)
            ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    return ax
