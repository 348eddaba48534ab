"""What the estimators' networks, optimizers and losses have beyond scikit-learn's, against formulas written in NumPy."""
import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.preprocessing import StandardScaler

from gradus import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def scaled(load):
    X, y = load(return_X_y=True)
    return StandardScaler().fit_transform(X), y


FUNCTIONS = {
    "identity": lambda z: z, "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "logistic": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0), "lecun_tanh": lambda z: 1.7159 * np.tanh(2 * z / 3), "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))), "silu": lambda z: z / (1 + np.exp(-z)), "softplus": lambda z: np.logaddexp(0, z),
}


@pytest.mark.parametrize("activation", [*FUNCTIONS, "gelu"])
def test_every_activation_trains_and_predicts_by_its_formula(activation):
    X, y = scaled(load_diabetes)
    model = MLPRegressor(hidden_layer_sizes=(7,), activation=activation, random_state=0, max_iter=20, learning_rate_init=0.01).fit(X, y / 100)
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    if activation in FUNCTIONS:
        hidden = FUNCTIONS[activation](X @ model.coefs_[0] + model.intercepts_[0])
        np.testing.assert_allclose(model.predict(X), (hidden @ model.coefs_[1] + model.intercepts_[1]).ravel(), rtol=1e-12, atol=1e-12)


def test_one_activation_for_each_layer():
    X, y = scaled(load_iris)
    model = MLPClassifier((6, 5), ("tanh", "gelu"), random_state=0, max_iter=50).fit(X, y)
    same = MLPClassifier((6, 5), "tanh", random_state=0, max_iter=50).fit(X, y)
    alike = MLPClassifier((6, 5), ["tanh", "tanh"], random_state=0, max_iter=50).fit(X, y)
    assert alike.loss_curve_ == same.loss_curve_
    assert model.loss_curve_ != same.loss_curve_
    with pytest.raises(ValueError, match="activation has 1 entries; expected one for each of the 2 hidden layers"):
        MLPClassifier((6, 5), ("tanh",)).fit(X, y)
    with pytest.raises(ValueError, match="'activation' parameter"):
        MLPClassifier((6, 5), ("tanh", "tahn")).fit(X, y)


def test_dropout_is_of_training_alone_and_follows_random_state():
    X, y = scaled(load_digits)
    plain, dropped, again, by_layer = (MLPClassifier((32, 16), dropout=rate, random_state=0, max_iter=5).fit(X, y)
                                       for rate in (0.0, 0.5, 0.5, (0.5, 0.5)))
    assert dropped.loss_curve_ == again.loss_curve_ == by_layer.loss_curve_
    assert dropped.loss_curve_[-1] > plain.loss_curve_[-1]
    np.testing.assert_array_equal(dropped.predict_proba(X), dropped.predict_proba(X))
    other = MLPClassifier((32, 16), dropout=0.5, random_state=1, max_iter=5).fit(X, y)
    assert other.loss_curve_ != dropped.loss_curve_
    with pytest.raises(ValueError, match="'dropout' parameter"):
        MLPClassifier(dropout=1.0).fit(X, y)


def test_batch_normalization_predicts_by_its_formula_and_goes_on():
    X, y = scaled(load_diabetes)
    y = y / 100
    model = MLPRegressor(hidden_layer_sizes=(9, 8), batch_normalization=True, random_state=0, max_iter=20, learning_rate_init=0.01).fit(X, y)
    hidden = X
    for i in range(2):
        z = (hidden @ model.coefs_[i] - model.running_means_[i]) / np.sqrt(model.running_variances_[i] + 1e-5)
        hidden = np.maximum(model.scales_[i] * z + model.intercepts_[i], 0)
    np.testing.assert_allclose(model.predict(X), (hidden @ model.coefs_[2] + model.intercepts_[2]).ravel(), rtol=1e-12, atol=1e-12)
    means = [mean.copy() for mean in model.running_means_]
    model.partial_fit(X, y)
    assert all((mean != before).all() for mean, before in zip(model.running_means_, means))


def test_lbfgs_refuses_what_is_for_the_stochastic_solvers():
    X, y = scaled(load_iris)
    for settings in ({"dropout": 0.1}, {"batch_normalization": True}, {"callbacks": [print]}):
        with pytest.raises(ValueError, match=f"{next(iter(settings))} is for the stochastic solvers"):
            MLPClassifier(solver="lbfgs", **settings).fit(X, y)
    with pytest.raises(ValueError, match="X_val and y_val are for the stochastic solvers"):
        MLPClassifier(solver="lbfgs").fit(X, y, X_val=X, y_val=y)


def momentum(g, state, t, s):
    state["v"] = g + s["momentum"] * state.get("v", 0)
    return s["learning_rate_init"] * state["v"]


def nesterov(g, state, t, s):
    state["v"] = g + s["momentum"] * state.get("v", 0)
    return s["learning_rate_init"] * (g + s["momentum"] * state["v"])


def rmsprop(g, state, t, s):
    state["s"] = s["decay"] * state.get("s", 0) + (1 - s["decay"]) * g * g
    return s["learning_rate_init"] * g / (np.sqrt(state["s"]) + s["epsilon"])


def adagrad(g, state, t, s):
    state["s"] = state.get("s", 0) + g * g
    return s["learning_rate_init"] * g / (np.sqrt(state["s"]) + s["epsilon"])


def adam(g, state, t, s):
    state["m"] = s["beta_1"] * state.get("m", 0) + (1 - s["beta_1"]) * g
    state["v"] = s["beta_2"] * state.get("v", 0) + (1 - s["beta_2"]) * g * g
    corrected = np.sqrt(state["v"] / (1 - s["beta_2"] ** t))
    return s["learning_rate_init"] / (1 - s["beta_1"] ** t) * state["m"] / (corrected + s["epsilon"])


RULES = {"momentum": momentum, "nesterov": nesterov, "rmsprop": rmsprop, "adagrad": adagrad, "adamw": adam}


@pytest.mark.parametrize("solver", RULES)
def test_every_solver_steps_as_pytorch_has_it(solver):
    X, y = scaled(load_diabetes)
    y = y / 100
    settings = {"learning_rate_init": 0.02, "momentum": 0.8, "decay": 0.95, "beta_1": 0.85, "beta_2": 0.99, "epsilon": 1e-6}
    fixed = {"hidden_layer_sizes": (), "alpha": 0.0, "shuffle": False, "batch_size": len(X), "solver": solver, **settings}
    w = np.append(MLPRegressor(max_iter=1, random_state=0, **{**fixed, "learning_rate_init": 1e-300}).fit(X, y).coefs_[0].ravel(), 0.0)
    model = MLPRegressor(max_iter=1, random_state=0, **fixed)
    model.fit(X, y)
    w[-1] = MLPRegressor(max_iter=1, random_state=0, **{**fixed, "learning_rate_init": 1e-300}).fit(X, y).intercepts_[0][0]
    ones = np.column_stack([X, np.ones(len(X))])
    state = {}
    decay = 0.01 if solver == "adamw" else 0.0
    for t in range(1, 6):
        gradient = ones.T @ (ones @ w - y) / len(X)
        w = w * (1 - settings["learning_rate_init"] * decay)
        w = w - RULES[solver](gradient, state, t, settings)
    model = MLPRegressor(max_iter=5, random_state=0, **fixed).fit(X, y)
    np.testing.assert_allclose(np.append(model.coefs_[0], model.intercepts_[0]), w, rtol=1e-9)


def test_weight_decay_and_clipping_reach_the_optimizer():
    X, y = scaled(load_iris)
    fixed = {"solver": "sgd", "random_state": 0, "max_iter": 5}
    plain = MLPClassifier(**fixed).fit(X, y)
    decayed = MLPClassifier(weight_decay=1.0, **fixed).fit(X, y)
    clipped = MLPClassifier(clip_norm=1e-6, **fixed).fit(X, y)
    assert np.linalg.norm(decayed.coefs_[0]) < np.linalg.norm(plain.coefs_[0])
    assert clipped.loss_curve_[0] - clipped.loss_curve_[-1] < 1e-6


@pytest.mark.parametrize("learning_rate, options, factors", [
    ("constant", {}, [1, 1, 1, 1]),
    ("constant", {"warmup_steps": 8}, [0.25, 0.5, 0.75, 1]),  # two steps an epoch
    ("step", {"every": 2, "factor": 0.5}, [1, 1, 0.5, 0.5]),
    ("exponential_epoch", {"decay": 0.9}, [1, 0.9, 0.81, 0.729]),
    ("exponential", {"decay": 0.9}, [0.9 ** k for k in (1, 3, 5, 7)]),
    ("cosine", {}, [(1 + np.cos(np.pi * k / 8)) / 2 for k in (1, 3, 5, 7)]),
    ("inverse", {"rate": 1.0, "power": 1.0}, [1 / k for k in (2, 4, 6, 8)]),
])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_schedules_give_each_step_its_rate(solver, learning_rate, options, factors):
    X, y = scaled(load_iris)
    rates = []
    MLPClassifier(solver=solver, learning_rate=learning_rate, schedule_options=options, learning_rate_init=0.01, batch_size=75, max_iter=4,
                  callbacks=[lambda record: rates.append(record.learning_rate)], random_state=0).fit(X, y)
    np.testing.assert_allclose(rates, 0.01 * np.array(factors), rtol=1e-12)


def test_one_cycle_goes_up_and_down_and_plateau_looks_at_the_loss():
    X, y = scaled(load_iris)
    rates = []
    settings = {"max_iter": 30, "random_state": 0, "n_iter_no_change": np.inf, "callbacks": [lambda record: rates.append(record.learning_rate)]}
    MLPClassifier(learning_rate="one_cycle", **settings).fit(X, y)
    assert max(rates) == max(rates[8:11]) > 20 * rates[-1]
    rates.clear()
    MLPClassifier(learning_rate="plateau", schedule_options={"patience": 3, "factor": 0.5, "min_delta": 0.9}, **settings).fit(X, y)
    assert sorted(set(rates), reverse=True)[:3] == [0.001, 0.0005, 0.00025]


@pytest.mark.parametrize("options, message", [
    ({"evry": 3}, "evry.*did you mean 'every'"), ({"factor": 2.0}, "factor"), ({"every": "often"}, "every"), ({"annealing": "stepwise"}, "annealing"),
])
def test_wrong_options_of_schedules_are_named(options, message):
    X, y = scaled(load_iris)
    with pytest.raises(ValueError, match=message):
        MLPClassifier(learning_rate="step", schedule_options=options).fit(X, y)


def test_partial_fit_goes_on_in_a_schedule_and_refuses_those_of_the_whole_training():
    X, y = scaled(load_iris)
    settings = {"solver": "sgd", "learning_rate": "exponential", "random_state": 1, "shuffle": False}
    often = MLPClassifier(**settings)
    for _ in range(4):
        often.partial_fit(X, y, classes=np.unique(y))
    once = MLPClassifier(max_iter=4, **settings).fit(X, y)
    np.testing.assert_allclose(often.loss_curve_, once.loss_curve_, rtol=1e-12)
    with pytest.raises(ValueError, match="partial_fit does not support learning_rate='cosine'"):
        MLPClassifier(learning_rate="cosine").partial_fit(X, y, classes=np.unique(y))


@pytest.mark.parametrize("loss, of_residual", [
    ("absolute_error", np.abs),
    ("huber", lambda r: np.where(np.abs(r) <= 0.5, r * r / 2, 0.5 * (np.abs(r) - 0.25))),
    ("squared_error", lambda r: r * r / 2),
])
def test_losses_of_the_regressor_are_their_formulas(loss, of_residual):
    X, y = scaled(load_diabetes)
    Y = np.column_stack([y, y[::-1]]) / 100
    settings = {"loss": loss, "huber_delta": 0.5, "alpha": 0.0, "random_state": 0, "batch_size": len(X)}
    losses = []
    model = MLPRegressor(max_iter=30, callbacks=[lambda record: losses.append(of_residual(record.estimator.predict(X) - Y).mean())], **settings)
    model.fit(X, Y)
    np.testing.assert_allclose(model.loss_curve_[1:], losses[:-1], rtol=1e-10)
    assert losses[-1] < losses[0]


def test_absolute_error_heeds_outliers_less():
    X, y = scaled(load_diabetes)
    y = y / 100
    y[:20] += 100
    fixed = {"random_state": 0, "max_iter": 400, "learning_rate_init": 0.01}
    away = [np.abs(MLPRegressor(loss=loss, **fixed).fit(X, y).predict(X[20:]) - y[20:]).mean() for loss in ("squared_error", "absolute_error", "huber")]
    assert away[1] < away[0] / 2 and away[2] < away[0] / 2, away
