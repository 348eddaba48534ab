"""What a training is watched by: validation data, functions, scikit-learn's callbacks, progress, and the picture of its curves."""
import re
import xml.etree.ElementTree

import numpy as np
import pytest
import sklearn
from sklearn.datasets import load_diabetes, load_digits, load_iris, make_classification
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.utils.fixes import parse_version

from gradus import EpochRecord, MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def parts(load=load_digits):
    X, y = load(return_X_y=True)
    return train_test_split(StandardScaler().fit_transform(X), y, random_state=0, test_size=0.3)


def test_validation_data_is_measured_and_does_not_change_the_training():
    X, X_val, y, y_val = parts()
    plain = MLPClassifier(random_state=0, max_iter=10).fit(X, y)
    watched = MLPClassifier(random_state=0, max_iter=10).fit(X, y, X_val=X_val, y_val=y_val)
    assert watched.loss_curve_ == plain.loss_curve_
    assert plain.validation_loss_curve_ is None
    assert len(watched.validation_loss_curve_) == len(watched.validation_scores_) == 10
    assert watched.validation_loss_curve_[-1] == pytest.approx(log_loss(y_val, watched.predict_proba(X_val)), rel=1e-9)
    assert watched.validation_scores_[-1] == watched.score(X_val, y_val)
    assert watched.best_validation_score_ == max(watched.validation_scores_)


def test_early_stopping_uses_the_validation_data_and_keeps_all_rows_to_train_on():
    X, X_val, y, y_val = parts()
    model = MLPClassifier(random_state=0, early_stopping=True, max_iter=300, learning_rate_init=0.01).fit(X, y, X_val=X_val, y_val=y_val)
    assert model.n_iter_ < 300
    assert model.t_ == model.n_iter_ * len(X)
    assert model.score(X_val, y_val) == model.best_validation_score_ == max(model.validation_scores_)
    losing = MLPClassifier(random_state=0, early_stopping=True, max_iter=300).fit(X, y, X_val=X_val, y_val=np.roll(y_val, 1))
    assert losing.best_validation_score_ < 0.5, "it must be X_val that was watched"


def test_the_validation_loss_is_that_of_weighted_rows():
    X, X_val, y, y_val = parts()
    weight = np.linspace(0.5, 2, len(y_val))
    model = MLPClassifier(random_state=0, max_iter=3).fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight)
    assert model.validation_loss_curve_[-1] == pytest.approx(log_loss(y_val, model.predict_proba(X_val), sample_weight=weight), rel=1e-9)
    assert model.validation_scores_[-1] == pytest.approx(model.score(X_val, y_val, sample_weight=weight))


def test_the_regressors_validation():
    X, X_val, y, y_val = parts(load_diabetes)
    model = MLPRegressor(random_state=0, max_iter=20, learning_rate_init=0.1).fit(X, y, X_val=X_val, y_val=y_val)
    assert model.validation_loss_curve_[-1] == pytest.approx(np.mean((model.predict(X_val) - y_val) ** 2) / 2, rel=1e-9)
    assert model.validation_scores_[-1] == pytest.approx(model.score(X_val, y_val))


@pytest.mark.parametrize("end", ["max_iter", "callback", "interrupt", "error"])
def test_the_best_weights_are_back_however_training_ends(end):
    X, X_val, y, y_val = parts()

    def stop(record):
        if record.epoch < 6:
            return False
        if end == "interrupt":
            raise KeyboardInterrupt
        if end == "error":
            raise RuntimeError("no more")
        return end == "callback"

    model = MLPClassifier(random_state=0, early_stopping=True, max_iter=6 if end == "max_iter" else 50, n_iter_no_change=50,
                          learning_rate_init=0.5, solver="sgd", callbacks=[stop])
    if end == "error":
        with pytest.raises(RuntimeError, match="no more"):
            model.fit(X, y, X_val=X_val, y_val=y_val)
    elif end == "interrupt":
        with pytest.warns(UserWarning, match="Training interrupted by user."):
            model.fit(X, y, X_val=X_val, y_val=y_val)
    else:
        model.fit(X, y, X_val=X_val, y_val=y_val)
    assert model.n_iter_ == 6
    assert model.validation_scores_[-1] < max(model.validation_scores_), "the last epoch must not be the best, or nothing is shown"
    assert model.score(X_val, y_val) == max(model.validation_scores_)


def test_a_stratified_validation_part():
    X, y = make_classification(n_samples=300, n_classes=3, n_informative=5, weights=[0.9, 0.07, 0.03], random_state=0)
    with pytest.raises(ValueError, match="least populated class"):
        MLPClassifier(early_stopping=True, stratify=True, random_state=0).fit(np.vstack([X, X[:1]]), np.append(y, 7))
    shares = []
    for stratify in (None, True):
        model = MLPClassifier(early_stopping=True, stratify=stratify, validation_fraction=0.2, random_state=0, max_iter=2)
        model._n = []
        split = model._split
        model._split = lambda *data: shares.append(np.bincount(split(*data)[1][1], minlength=3)) or split(*data)
        model.fit(X, y)
    np.testing.assert_allclose(shares[1], np.bincount(y) * 0.2, atol=1)
    assert np.abs(shares[0] - np.bincount(y) * 0.2).max() > 1


@pytest.mark.parametrize("given, message", [
    ({"X_val": np.ones((5, 4))}, "must be given together"),
    ({"y_val": np.ones(5)}, "must be given together"),
    ({"sample_weight_val": np.ones(5)}, "without X_val"),
    ({"X_val": np.ones((5, 3)), "y_val": np.zeros(5)}, "3 features"),
    ({"X_val": np.ones((5, 4)), "y_val": np.zeros(4)}, "inconsistent numbers of samples"),
    ({"X_val": np.ones((5, 4)), "y_val": np.full(5, 9)}, "classes not in"),
    ({"X_val": np.full((5, 4), np.nan), "y_val": np.zeros(5)}, "NaN"),
    ({"X_val": np.ones((5, 4)), "y_val": np.zeros(5), "sample_weight_val": np.zeros(5)}, "at least one non-zero"),
])
def test_bad_validation_data_is_refused(given, message):
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=message):
        MLPClassifier().fit(X, y, **given)


def test_callbacks_are_told_of_every_epoch_and_may_end_the_training():
    X, X_val, y, y_val = parts()
    records = []
    model = MLPClassifier(random_state=0, max_iter=50, callbacks=[lambda record: records.append(record) or record.epoch == 7])
    model.fit(X, y, X_val=X_val, y_val=y_val)
    assert model.n_iter_ == len(records) == 7
    assert [record.epoch for record in records] == list(range(1, 8))
    assert [record.loss for record in records] == model.loss_curve_
    assert [record.validation_loss for record in records] == model.validation_loss_curve_
    assert [record.validation_score for record in records] == model.validation_scores_
    assert isinstance(records[0], EpochRecord) and records[0].estimator is model
    assert 0 < records[0].seconds < records[-1].seconds


def test_a_callback_sees_the_weights_of_its_epoch():
    X, y = parts()[::2]
    scores = []
    model = MLPClassifier(random_state=0, max_iter=5, callbacks=[lambda record: scores.append(record.estimator.score(X, y))]).fit(X, y)
    assert scores[-1] == model.score(X, y)
    assert len(set(scores)) > 1


def test_wrong_callbacks_are_refused():
    X, y = load_iris(return_X_y=True)
    for wrong in ([3], print):
        with pytest.raises(ValueError, match="'callbacks' parameter"):
            MLPClassifier(callbacks=wrong).fit(X, y)


@pytest.mark.skipif(parse_version(sklearn.__version__) < parse_version("1.9"), reason="scikit-learn has no callbacks")
def test_scikit_learns_own_callbacks():
    from sklearn.callback import ScoringMonitor
    from sklearn.pipeline import make_pipeline
    X, y = parts()[::2]

    class Recorder:
        calls = []

        def setup(self, estimator, context):
            self.calls.append("setup")

        def teardown(self, estimator, context):
            self.calls.append("teardown")

        def on_fit_task_begin(self, estimator, context):
            self.calls.append("begin " + context.task_name)

        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            self.calls.append("end " + context.task_name)
            return context.task_name == "epoch" and context.task_id == 1 and fitted_estimator.score(X, y) > 0

    model = MLPClassifier(random_state=0, max_iter=20).set_callbacks(Recorder()).fit(X, y)
    assert Recorder.calls == ["setup", "begin fit", "begin epoch", "end epoch", "begin epoch", "end epoch", "end fit", "teardown"]
    assert model.n_iter_ == 2
    monitor = ScoringMonitor(scoring="accuracy")
    make_pipeline(StandardScaler(), MLPClassifier(random_state=0, max_iter=3).set_callbacks(monitor)).fit(X, y)
    scores = [row["accuracy"] for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert len(scores) == 3 and scores[-1] > 0.5


def test_verbose_prints_scikit_learns_lines(capsys):
    X, y = parts()[::2]
    model = MLPClassifier(random_state=0, max_iter=2, verbose=True, early_stopping=True).fit(X, y)
    assert capsys.readouterr().out.splitlines() == [
        f"Iteration 1, loss = {model.loss_curve_[0]:.8f}", f"Validation score: {model.validation_scores_[0]:f}",
        f"Iteration 2, loss = {model.loss_curve_[1]:.8f}", f"Validation score: {model.validation_scores_[1]:f}"]


@pytest.mark.parametrize("progress, shown", [(False, False), ("auto", False), (True, True)])
def test_progress_is_one_line_on_standard_error_and_auto_is_for_terminals(progress, shown, capsys):
    X, y = parts()[::2]
    MLPClassifier(max_iter=5, progress=progress).fit(X, y)
    told = capsys.readouterr()
    assert told.out == ""
    if shown:
        assert re.match(r"\r\x1b\[Kepoch 1/5 \[######\.{24}\] loss \d\.\d+, at most \d+ s left", told.err), repr(told.err)
        assert told.err.endswith("\r\x1b[K")
    else:
        assert told.err == ""


def svg_of(html):
    return xml.etree.ElementTree.fromstring(re.search(r"<svg .*</svg>", html, re.S).group()) if "<svg xmlns" in html else None


def test_the_html_is_scikit_learns_diagram_and_the_curves():
    X, X_val, y, y_val = parts()
    model = MLPClassifier(random_state=0, max_iter=5)
    assert svg_of(model._repr_html_()) is None
    model.fit(X, y, X_val=X_val, y_val=y_val)
    for html in (model._repr_html_(), model._repr_mimebundle_()["text/html"]):
        assert "sk-top-container" in html and "MLPClassifier" in html
        svg = svg_of(html[html.index("<svg xmlns"):])
        texts = [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")]
        assert f"train loss {model.loss_curve_[-1]:.4g}" in texts and f"validation loss {model.validation_loss_curve_[-1]:.4g}" in texts
    with sklearn.config_context(display="text"):
        assert not hasattr(model, "_repr_html_")
        assert "text/html" not in model._repr_mimebundle_()


@pytest.mark.parametrize("epochs", [1, 2, 200])
def test_curves_of_any_length_stay_in_their_frame(epochs):
    from gradus._curve_svg import curve_svg
    svg = xml.etree.ElementTree.fromstring(curve_svg({"train_loss": [1e6 / epoch for epoch in range(1, epochs + 1)]}))
    numbers = [float(number) for path in svg.iter("{http://www.w3.org/2000/svg}path") for number in re.findall(r"[\d.]+", path.get("d"))]
    assert numbers and min(numbers) >= 0 and max(numbers) <= 480
