"""plots: each picture holds what it was given, on the axes that it was given."""
import numpy as np
import pytest

import gradus

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.collections import PathCollection  # noqa: E402

plots = gradus.plots


@pytest.fixture(scope="module")
def runs():
    return [gradus.train("digits", hidden=[8, 6], epochs=3, seed=seed, layers_every=60, progress=False) for seed in range(3)]


@pytest.fixture(autouse=True)
def drawn():
    """Whatever a test draws must render."""
    yield
    for number in pyplot.get_fignums():
        pyplot.figure(number).canvas.draw()
    pyplot.close("all")


def lines(ax):
    return [np.asarray(line.get_ydata(), dtype=float) for line in ax.get_lines()]


def test_curves_of_one_run(runs):
    ax = plots.curves(runs[0])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["train loss", "validation loss", "test loss"]
    np.testing.assert_array_equal(lines(ax)[0], runs[0].history["train_loss"])
    assert ax.get_ylabel() == "loss" and ax.get_xlabel() == "epoch"


def test_curves_of_seeds_are_their_median_with_a_band(runs):
    ax = plots.curves({"small": runs, "one": runs[0]}, "test_accuracy", x="step")
    values = np.array([run.history["test_accuracy"] for run in runs])
    np.testing.assert_array_equal(lines(ax)[0], np.median(values, axis=0))
    [band] = ax.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (values.min(), values.max())


def test_confusion(runs):
    ax = plots.confusion(runs[0])
    shown = {(text.get_position()[1], text.get_position()[0]): int(text.get_text()) for text in ax.texts}
    confusion = runs[0].report["confusion"]
    assert shown == {(row, col): confusion[row, col] for row, col in np.argwhere(confusion)}
    assert ax.get_title().startswith(f"{np.trace(confusion)} of {confusion.sum()} right")


def test_intervals():
    contenders = {"contender": ["a", "b", "a"], "measure": ["m", "m", "n"], "mean": [1.0, 2.0, 9.0], "low": [0.5, None, 8.0], "high": [1.5, None, 10.0]}
    ax = plots.intervals(contenders, "m", reference=0)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a", "b"] and len(lines(ax)) == 4  # a whisker, two dots, the reference
    claims = {"says": ["x > y"], "verdict": ["refuted"], "estimate": [-1.0], "low": [-2.0], "high": [-0.5]}
    assert plots.intervals(claims).get_lines()[1].get_color() == "#d55e00"
    with pytest.raises(ValueError, match="expected one of m, n"):
        plots.intervals(contenders, "k")


def test_heat_map():
    ax = plots.heat_map([[1.0, 2.0], [np.nan, 0.5]], ["r1", "r2"], ["c1", "c2"], lower_is_better=True)
    assert sorted(text.get_text() for text in ax.texts) == ["0.5", "1", "2"]
    hatched, frame = ax.patches
    assert hatched.get_hatch() == "///" and frame.get_xy() == (0.5, 0.5)


def test_parallel():
    columns = {"hidden": [8, 16, 32], "activation": ["relu", "tanh", "relu"], "loss": [0.3, 0.1, np.inf]}
    ax = plots.parallel(columns, "loss", lower_is_better=True, best=1, log=["hidden"])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["0.1"]
    curves = [values for values in lines(ax) if len(values) == 3]
    assert min(values[-1] for values in curves) < 0 and len(curves) == 3


def test_layers(runs):
    ax = plots.layers({"first": runs[0], "second": runs[1]})
    expected = [runs[0].series[f"layers/{layer}/gradients_norm"]["value"][-1] for layer in (0, 2, 4)]
    np.testing.assert_array_equal(lines(ax)[0], expected)
    with pytest.raises(ValueError, match="layers_every"):
        plots.layers(gradus.train("digits", hidden=[4], epochs=1, progress=False))


def test_histograms(runs):
    ax = plots.histograms(runs[0], "gradients", step=0)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["layer 1", "layer 2", "layer 3"] and ax.get_xlabel() == "gradients, step 1"
    counts = runs[0].layers[0]["layers"][1]["gradients"]["counts"]
    drawn = 1 - ax.patches[1].get_data().values
    np.testing.assert_allclose(drawn / drawn.max(), np.array(counts) / max(counts))


def test_weights():
    rng = np.random.default_rng(0)
    X, y = rng.random((60, 5, 4)), np.arange(60) % 2
    result = gradus.train((X, y), task="classification", hidden=[5], epochs=1, progress=False)
    network = result.network
    ax = plots.weights(result, units=4)
    np.testing.assert_array_equal(ax.images[0].get_array()[:5, 5:9], network.parameters["0.weight"][1].reshape(5, 4))
    with pytest.raises(ValueError, match="no pixels"):
        plots.weights(gradus.train((X.reshape(60, 20), y), task="classification", hidden=[5], epochs=1, progress=False).network)


def test_descents():
    paths = [gradus.descend("rosenbrock", optimizer=optimizer, learning_rate=1e-3, steps=20) for optimizer in ("sgd", "momentum")]
    ax = plots.descents(paths, logarithmic=True, grid=40)
    assert [text.get_text()[:6] for text in ax.get_legend().get_texts()] == ["1: sgd", "2: mom"]
    np.testing.assert_array_equal(lines(ax)[1], paths[0].path["y"])


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_decision_surfaces(classes):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 2))
    y = X[:, 0] * 2.5 if classes == 0 else np.array(["a", "b", "c"])[np.arange(90) % classes]
    network = gradus.train((X, y), hidden=[4], epochs=1, progress=False).network
    ax = plots.decision_surface(network, X, y, grid=30)
    samples = [points for points in ax.collections if isinstance(points, PathCollection)]
    assert sum(len(points.get_offsets()) for points in samples) == 90
    assert classes == 0 or [text.get_text() for text in ax.get_legend().get_texts()] == list("abc"[:classes])
    with pytest.raises(ValueError, match="two features"):
        plots.decision_surface(network, np.zeros((3, 4)))


def test_logarithmic_axes_have_plain_numbers():
    ax = plots.curves([{"epoch": np.arange(3), "train_loss": np.array([0.9, 0.5, 0.3])}], "train_loss", log_y=True)
    ax.figure.canvas.draw()
    assert "0.4" in [tick.get_text() for tick in ax.get_yticklabels(minor=True)]


def test_axes_of_ones_own_are_drawn_on(runs):
    _, axes = pyplot.subplots(1, 2)
    assert plots.curves(runs[0], ax=axes[0]) is axes[0] and plots.confusion(runs[0], ax=axes[1]) is axes[1]
    assert len(pyplot.get_fignums()) == 1
