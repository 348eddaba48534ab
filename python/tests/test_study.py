"""Study and runs: plans, verdicts, tables, the store; descents."""
import pathlib
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import gradus

TEXT = """
title = "Width"
question = "Do wider layers classify digits better?"
replicates = 3

[base]
data = "digits"
epochs = 3
patience = 0

[vary]
hidden = [4, 32]

[[claim]]
says = 'val_accuracy("32") > val_accuracy("4")'
text = "32 units are better than 4"
must = true

[[claim]]
says = 'val_accuracy("4") > val_accuracy("32")'
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("study") / "runs"


@pytest.fixture(scope="module")
def result(store):
    return gradus.Study(TEXT).run(runs=store, progress=False)


def test_what_it_plans():
    study = gradus.Study(TEXT)
    assert (study.title, study.question[:7]) == ("Width", "Do wide")
    assert study.contenders["contender"].tolist() == ["4", "32"] and study.contenders["hidden"].tolist() == ["4", "32"]
    assert study.claims["must"].tolist() == [True, False]
    assert repr(study) == "<gradus.Study study: 6 runs, 2 claims>"


def test_verdicts(result):
    claims = result.claims
    assert claims["verdict"].tolist() == ["supported", "refuted"]
    assert (claims["low"] < claims["estimate"]).all() and (claims["estimate"] < claims["high"]).all()
    assert claims["estimate"][0] == -claims["estimate"][1] > 0
    assert repr(result) == "<gradus.StudyResult: 2 claims: 1 supported, 1 refuted>"
    assert "supported" in str(result) and "<table>" in result._repr_html_()


def test_results_as_tables(result):
    runs = result.runs
    assert runs["contender"].tolist() == ["4", "32"] * 3 and runs["seed"].tolist() == [0, 0, 1, 1, 2, 2]
    contenders = {(row["contender"], row["measure"]): row for row in result.contenders.rows()}
    row = contenders["32", "test_accuracy"]
    of_runs = runs["test_accuracy"][runs["contender"] == "32"]
    assert row["mean"] == pytest.approx(of_runs.mean()) and row["low"] < row["mean"] < row["high"] and row["runs"] == 3
    half = 4.302652729911275 * of_runs.std(ddof=1) / np.sqrt(3)  # Student's t with 2 degrees of freedom
    assert row["high"] - row["mean"] == pytest.approx(half)


def test_frames(result, store):
    pandas = pytest.importorskip("pandas")
    for frame, rows in [(result.claims.to_frame(), 2), (result.runs.to_frame(), 6), (gradus.runs(store).to_frame(), 6)]:
        assert isinstance(frame, pandas.DataFrame) and len(frame) == rows


def test_curves_by_contender(result):
    curves = result.curves("val_loss")
    assert list(curves) == ["4", "32"] and len(curves["4"]) == 3
    assert curves["4"][0]["epoch"].tolist() == [0, 1, 2] and curves["4"][0]["validation_loss"].dtype == np.float64


def test_known_runs_are_not_trained_again(result, store):
    again = gradus.Study(TEXT).run(runs=store, progress=False)
    assert (result.known_runs, again.known_runs) == (0, 6)
    assert [row["estimate"] for row in again.claims.rows()] == [row["estimate"] for row in result.claims.rows()]


def test_other_replicates_and_a_budget(store):
    few = gradus.Study(TEXT).run(runs=store, replicates=2, progress=False)
    assert few.runs.n_rows == 4
    none = gradus.Study(TEXT).run(runs=store.parent / "other", budget="1 runs", progress=False)
    assert none.runs.n_rows == 1


def test_the_page(result, tmp_path):
    page = result.page(tmp_path / "width.html").read_text()
    assert "32 units are better than 4" in page and "<svg" in page


def test_ctrl_c_keeps_what_has_finished(tmp_path):
    code = f"""
        import os, pathlib, signal, threading, time, gradus
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job begins with it ignored

        def after_the_first():
            while not any(pathlib.Path({str(tmp_path)!r}).glob("*/model.safetensors")):
                time.sleep(0.01)
            time.sleep(0.1)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=after_the_first).start()
        study = gradus.Study({TEXT.replace("epochs = 3", "epochs = 100").replace("replicates = 3", "replicates = 2000")!r})
        try:
            study.run(runs={str(tmp_path)!r}, progress=False)
        except KeyboardInterrupt:
            print("interrupted", len(gradus.runs({str(tmp_path)!r})) > 0)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["interrupted", "True"], done.stderr


@pytest.mark.parametrize(("text", "error", "words"), [
    ("nowhere.toml", FileNotFoundError, "nowhere.toml"),
    ("titel = 'x'\n", ValueError, "line 1.*title"),
    (TEXT.replace('"32"', '"64"'), ValueError, "64"),
    (TEXT.replace("epochs = 3", "epochs = -3"), ValueError, "epochs"),
])
def test_mistakes_in_studies_are_refused(text, error, words):
    with pytest.raises(error, match=words):
        gradus.Study(text)


def test_studies_that_come_with_gradus_have_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("descent", "ntnu", "ntnu-seeds", "radboud", "radboud-numbers", "radboud-seeds", "random-labels", "vu"):
        study = gradus.Study(name)
        assert study.name == name and study.title and study.contenders.n_rows >= 1 and study.claims.n_rows >= 4
    with pytest.raises(ValueError, match="there is no study 'radbuod'; did you mean 'radboud'.*one of descent, .*, vu"):
        gradus.Study("radbuod")
    with pytest.raises(FileNotFoundError):
        gradus.Study(pathlib.Path("radboud"))
    (tmp_path / "studies").mkdir()
    for name in ("vu", "mine"):
        (tmp_path / "studies" / f"{name}.toml").write_text(TEXT)
        assert gradus.Study(name).title == "Width"
    (tmp_path / "radboud").write_text(TEXT)
    assert gradus.Study("radboud").title == "Width"  # a file of that name is meant


def test_runs_filtered_and_sorted(result, store):
    runs = gradus.runs(store, "hidden=32 and test_accuracy>0", sort="test_accuracy")
    assert len(runs) == 3 and all(run.config["hidden"] == [32] for run in runs)
    accuracies = runs.columns["test_accuracy"]
    assert (np.diff(accuracies) <= 0).all()
    assert len(gradus.runs(store, limit=2)[:1]) == 1 and "gradus run" in repr(runs[0]) and "<table>" in runs._repr_html_()


def test_a_stored_run(result, store):
    run = gradus.runs(store)[0]
    assert run.history["epoch"].tolist() == [0, 1, 2] and run.history["epoch"].dtype.kind == "i"
    np.testing.assert_array_equal(run.history["validation_loss"], run.series["validation_loss"]["value"])
    assert run.load().weights_sha256 == run.record["weights_sha256"]


def test_tags_notes_and_deletion(tmp_path):
    for seed in range(2):
        gradus.train("digits", hidden=[4], epochs=1, seed=seed, runs=tmp_path, progress=False)
    first, second = gradus.runs(tmp_path)
    first.tag("good")
    first.note("keep it")
    assert first.tags == ["good"] and first.record["note"] == "keep it"
    assert [run.id for run in gradus.runs(tmp_path, tags=["good"])] == [first.id]
    first.untag("good")
    second.delete()
    assert [run.id for run in gradus.runs(tmp_path)] == [first.id] and not second.folder.exists()
    with pytest.raises(ValueError):
        second.delete()


def test_mistakes_about_runs_are_refused(store, result, tmp_path):
    with pytest.raises(ValueError, match="no runs|there is no|none"):
        gradus.runs(tmp_path / "nothing")
    with pytest.raises(ValueError, match="did you mean|hidden"):
        gradus.runs(store, "hiden=3")


def test_descents_are_the_programs():
    descent = gradus.descend("radboud", (3, 2), learning_rate=0.2, decay=0.95, steps=10)
    assert descent.end == pytest.approx((-1.086556393028941, 0.4866249534983948), abs=1e-12)
    assert descent.value == pytest.approx(-2.277486662206515, abs=1e-12) and not descent.diverged
    assert descent.path["step"].tolist() == list(range(11))
    with pytest.raises(ValueError, match="rosenbrock"):
        gradus.descend("rosenbrok")
    assert gradus.descend("booth", learning_rate=1e9, steps=200).diverged
