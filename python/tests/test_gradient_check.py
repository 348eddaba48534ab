"""check_gradients: the library's networks, and losses written in Python, right and wrong ones."""
import numpy as np
import pytest

import gradus

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(20, 3)), RNG.normal(size=20)


def squares(parameters):
    """Mean squared error of a linear model, with its gradients."""
    residual = X @ parameters["w"] + parameters["b"] - Y
    return np.mean(residual**2), {"w": 2 * X.T @ residual / len(Y), "b": 2 * np.mean(residual)}


START = {"w": RNG.normal(size=3), "b": 0.3}


def test_a_right_gradient_passes():
    report = gradus.check_gradients(squares, START)
    assert report.passed and report.checked == 4 and report.kinks == 0
    assert report.worst.relative_error < 1e-9, str(report)
    assert str(report).startswith("right: squares (3, 1): worst error")


@pytest.mark.parametrize(("name", "index"), [("w", (1,)), ("b", ())])
def test_a_wrong_entry_is_found_and_named(name, index):
    def wrong(parameters):
        value, gradients = squares(parameters)
        gradients = {key: np.array(gradient) for key, gradient in gradients.items()}
        gradients[name][index] *= 1.001
        return value, gradients

    report = gradus.check_gradients(wrong, START)
    assert not report.passed and (report.worst.tensor, report.worst.index) == (name, index)
    assert str(report).startswith("WRONG")


def test_a_gradient_that_is_nan_is_the_worst():
    def wrong(parameters):
        value, gradients = squares(parameters)
        return value, {**gradients, "b": np.nan}

    report = gradus.check_gradients(wrong, START)
    assert not report.passed and report.worst.tensor == "b" and np.isnan(report.worst.analytic)


def test_arrays_and_lists_are_parameters_too():
    def quartic(w):
        return np.sum(w**4), 4 * w**3

    assert gradus.check_gradients(quartic, RNG.normal(size=(2, 3))).worst_by_tensor[0].tensor == "parameters"

    def pair(parameters):
        a, b = parameters
        return float(np.sin(a) @ b), [np.cos(a) * b, np.sin(a)]

    assert gradus.check_gradients(pair, [RNG.normal(size=4), RNG.normal(size=4)]).passed


def test_entries_at_a_kink_are_not_judged():
    def relu(w):
        return float(np.maximum(w, 0).sum()), (w > 0).astype(float)

    report = gradus.check_gradients(relu, np.array([-1.0, 0.0, 2.0, 1e-7, 5e-4]))
    assert (report.passed, report.checked, report.kinks) == (True, 3, 2), str(report)


def test_what_is_steeply_curved_is_no_kink():
    def steep(w):
        return float(np.sum(np.exp(8 * w))), 8 * np.exp(8 * w)

    report = gradus.check_gradients(steep, np.array([-3.0, 0.0, 2.0]))
    assert report.passed and report.kinks == 0, str(report)


def test_parameters_are_given_back_as_they_were():
    start = {"w": START["w"].copy(), "b": 0.3}
    gradus.check_gradients(squares, start)
    np.testing.assert_array_equal(start["w"], START["w"])


def test_only_some_entries_of_large_tensors():
    def large(w):
        return float(np.sum(w**2)), 2 * w

    report = gradus.check_gradients(large, RNG.normal(size=1000), entries=10)
    assert report.checked == 10 and report.passed


def test_networks_of_configurations():
    report = gradus.check_gradients("digits", hidden=[8], activation="tanh", rows=8, entries=20)
    assert report.passed and report.sizes == "64-8-10, batch 8"
    assert report.checked + report.kinks == 20 + 8 + 20 + 10 + 20  # of each tensor, and of the input


def test_networks_on_data():
    network = gradus.train("digits", hidden=[8], epochs=1, progress=False).network
    assert gradus.check_gradients(network, data="digits", rows=8, entries=10).passed


def test_every_operation():
    reports = gradus.check_operations()
    assert len(reports) > 50 and all(report.passed for report in reports)
    assert any("softmax_cross_entropy" in report.name for report in reports)


@pytest.mark.parametrize(("loss", "parameters", "error", "words"), [
    (squares, None, TypeError, "no parameters"),
    (lambda w: (float("nan"), w), np.ones(2), ValueError, "expected a finite number"),
    (lambda w: (1.0, np.ones(3)), np.ones(2), ValueError, r"\(3,\); expected \(2,\)"),
    (lambda w: (1.0, {}), {"w": np.ones(2)}, ValueError, "missing"),
])
def test_mistakes_are_refused(loss, parameters, error, words):
    with pytest.raises(error, match=words):
        gradus.check_gradients(loss, parameters)
