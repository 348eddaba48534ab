"""The package as such: what importing it costs and brings, its examples in the manual."""
import os
import pathlib
import re
import subprocess
import sys

import pytest

import gradus

MANUAL = pathlib.Path(__file__).parents[2] / "docs" / "python.md"

TYPED = """
import numpy as np
import gradus
from gradus import plots

result = gradus.train((np.eye(3), [0, 1, 2]), hidden=[3], epochs=2, on_epoch=lambda row: row["epoch"] > 5)
loss: float = result.figures["train_loss"]
history: np.ndarray = result.history["train_loss"]
network: gradus.Network = gradus.Network.load("model.npz", activation=["tanh", "relu"])
labels: np.ndarray = network.predict(np.eye(3))
passed: bool = gradus.check_gradients(lambda w: (1.0, w), np.ones(3)).passed
verdicts = [row["verdict"] for row in gradus.Study("study.toml").run(workers=2).claims.rows()]
names: list[str] = [run.name for run in gradus.runs("runs", "epochs=5", tags=["best"])]
plots.curves({"mine": [result, result]}, "train_loss").set_title("loss")
"""


def python(code, *flags, **options):
    return subprocess.run([sys.executable, *flags, "-c", code], capture_output=True, text=True, timeout=120, check=True, **options).stdout


def test_importing_it_imports_nothing_else():
    code = "import sys, gradus; gradus.train; gradus.Study; gradus.runs; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    brought = set(python(code).split())
    assert "numpy" in brought and not brought & {"sklearn", "scipy", "pandas", "matplotlib", "IPython"}


def test_every_public_name_is_there_and_documented():
    for name in gradus.__all__:
        value = getattr(gradus, name)
        assert name in dir(gradus) and (not callable(value) or value.__doc__ or name == "kernel_set"), name
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        gradus.trian


def test_the_types_travel_with_it():
    folder = pathlib.Path(gradus.__file__).parent
    assert (folder / "py.typed").exists()
    stubs = (folder / "_core.pyi").read_text()
    assert "def train(" in stubs and "class Model" in stubs


def test_a_strictly_typed_program_is_accepted(tmp_path):
    pytest.importorskip("mypy")
    (tmp_path / "program.py").write_text(TYPED)
    parent = str(pathlib.Path(gradus.__file__).parents[1])
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "program.py"], cwd=tmp_path,
                          env={**os.environ, "MYPYPATH": parent}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not MANUAL.exists(), reason="the manual is not here")
def test_the_manuals_examples_of_the_library_work(tmp_path):
    library = MANUAL.read_text().partition("## The library")[2]
    blocks = re.findall(r"```python\n(.*?)```", library, re.DOTALL)
    assert len(blocks) >= 5
    for block in blocks:
        python(block, cwd=tmp_path)
