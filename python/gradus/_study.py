"""Study: many runs, statistics, a verdict on each claim."""
from __future__ import annotations

import os
from pathlib import Path

from . import _core
from ._columns import Columns
from ._data import data_folder
from ._network import PathLike
from ._progress_line import make_progress


class StudyResult:
    """What a study found. Tables are `Columns`, with `to_frame()`."""

    def __init__(self, outcome: _core.StudyOutcome, command: str) -> None:
        self._outcome, self._command = outcome, command

    @property
    def claims(self) -> Columns:
        """A row per claim: says, text, verdict (supported, refuted, cannot tell), estimate with its 95 % interval low to high, p after
        Holm's correction, effect (d_z after Hedges), more_seeds, must, report and rerun (figures of the report and of an independent re-run), reason."""
        return Columns.from_rows(self._outcome.claims())

    @property
    def contenders(self) -> Columns:
        """A row per contender and measure: mean, 95 % interval low to high, runs, without_value (diverged, level never reached)."""
        return Columns.from_rows(self._outcome.figures())

    @property
    def runs(self) -> Columns:
        """A row per run: contender, replicate, seed, state, and its measures."""
        return Columns.from_rows(self._outcome.measured_runs())

    def curves(self, metric: str) -> dict[str, list[Columns]]:
        """Each contender's runs, with epoch, step and the metric's values; as `gradus.plots.curves` takes them."""
        curves: dict[str, list[Columns]] = {}
        for contender, _, points in self._outcome.curves(metric):
            curves.setdefault(contender, []).append(Columns(points))
        return curves

    @property
    def known_runs(self) -> int:
        """Runs that stood in the store already."""
        return self._outcome.known

    def page(self, path: PathLike) -> Path:
        """Writes the page with every picture, as `gradus study` does; one HTML file that needs nothing else."""
        return Path(self._outcome.page(os.fspath(path), self._command))

    def __str__(self) -> str:
        return self._outcome.text(0)

    def __repr__(self) -> str:
        verdicts = [row["verdict"] for row in self.claims.rows()]
        counts = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in dict.fromkeys(verdicts))
        return f"<gradus.StudyResult: {len(verdicts)} claims{': ' + counts if counts else ''}>"

    def _repr_html_(self) -> str:
        shown = ("says", "verdict", "estimate", "low", "high", "reason")
        return Columns({name: column for name, column in self.claims.items() if name in shown})._repr_html_()


def _known_studies() -> dict[str, Path]:
    """Those that come with gradus by name; ./studies before them, as `gradus study --list` has it."""
    folders = (Path(__file__).parent / "studies", Path("studies"))
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}


def _named_study(name: str) -> Path:
    known = _known_studies()
    if name in known:
        return known[name]
    nearest = _core.nearest_name(name, list(known))
    raise ValueError(f"there is no study {name!r};{f' did you mean {nearest!r}?' if nearest else ''} expected a .toml file, the text of one, "
                     f"or one of {', '.join(sorted(known))}")


class Study:
    """A study file, its text, or the name of one that comes with gradus: docs/studies.md is the manual.

    Everything that can be known before the first run is refused here: ValueError with line and the nearest known name.
    """

    def __init__(self, source: PathLike) -> None:
        text = os.fspath(source)
        self._argument = "study.toml"
        if "\n" in text:
            self.name, self._study = "study", _core.Study.parse(text, os.getcwd())
            return
        named = isinstance(source, str) and not text.endswith(".toml") and not os.path.isfile(text)
        path = _named_study(text) if named else Path(text)
        self.name, self._study = path.stem, _core.Study.read(os.fspath(path))
        self._argument = text if named else f"{self.name}.toml"

    @property
    def title(self) -> str:
        return self._study.title

    @property
    def question(self) -> str:
        return self._study.question

    @property
    def contenders(self) -> Columns:
        """contender, text, and the fields in which they differ."""
        return Columns.from_rows(self._study.contenders())

    @property
    def claims(self) -> Columns:
        """says, text, must"""
        return Columns.from_rows(self._study.claims())

    def run(self, *, runs: PathLike = "runs", workers: int | None = None, replicates: int | None = None, folds: int | None = None,
            budget: str | None = None, data_dir: PathLike | None = None, progress: bool | str = "auto") -> StudyResult:
        """Runs it, one run per processor, and judges its claims; runs that the store `runs` has already are not trained again.

        `replicates`, `folds` and `budget` ("10m", "200 runs") count instead of the file's. Ctrl-C raises KeyboardInterrupt; what has
        finished stays in the store, and running it again goes on from there.
        """
        bar = make_progress(progress)

        def show(done: float, planned: int) -> None:
            bar.show(f"{int(done)}/{planned} runs", done / max(1, planned))

        try:
            outcome = self._study.run(self.name, os.fspath(runs), data_folder(data_dir), workers or 0, replicates, folds, budget, show)
        finally:
            bar.close()
        return StudyResult(outcome, f"gradus study {self._argument}")

    def __repr__(self) -> str:
        return f"<gradus.Study {self.name}: {self._study.runs()} runs, {self.claims.n_rows} claims>"
