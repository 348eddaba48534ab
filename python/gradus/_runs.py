"""runs: the store of runs, listed, filtered, and each run with its history and its network."""
from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, overload

from . import _core
from ._columns import Columns
from ._network import Network, PathLike
from ._training import layer_steps


class Run:
    """A run of a store, as it stood when it was listed; `record` holds every column of docs/store.md."""

    def __init__(self, store: _core.RunStore, record: dict[str, Any]) -> None:
        self._store = store
        self.record = record

    @property
    def id(self) -> int:
        return self.record["id"]

    @property
    def name(self) -> str:
        return self.record["name"]

    @property
    def status(self) -> str:
        """running, finished, diverged, failed, interrupted or stopped"""
        return self.record["status"]

    @property
    def folder(self) -> Path:
        return Path(self.record["folder"])

    @property
    def tags(self) -> list[str]:
        return self.record["tags"]

    @property
    def config(self) -> dict[str, Any]:
        """Every field of the configuration, each `auto` decided."""
        return json.loads(self._store.configuration(self.id))

    @property
    def history(self) -> Columns:
        """A row per epoch, out of history.csv. FileNotFoundError where the run has none."""
        with open(self.folder / "history.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        whole = ("epoch", "step")
        return Columns.from_rows({name: int(text) if name in whole else float(text) for name, text in row.items() if text} for row in rows)

    @property
    def series(self) -> dict[str, Columns]:
        """Everything that was recorded, by name: step and value."""
        return {name: Columns(step=steps, value=values) for name, (steps, values) in self._store.series(self.id).items()}

    @property
    def layers(self) -> list[dict[str, Any]]:
        """Each recorded step of the layers, out of layers.jsonl; empty without `layers_every`."""
        path = self.folder / "layers.jsonl"
        return layer_steps(path.read_text()) if path.exists() else []

    def load(self) -> Network:
        """Its network. FileNotFoundError where it has none."""
        if not self.record["model"]:
            raise FileNotFoundError(f"run {self.id} has no model: {self.status}")
        return Network.load(self.folder / self.record["model"])

    def tag(self, word: str) -> None:
        self._store.tag(self.id, word)
        self._refresh()

    def untag(self, word: str) -> None:
        self._store.untag(self.id, word)
        self._refresh()

    def note(self, text: str) -> None:
        self._store.set_note(self.id, text)
        self._refresh()

    def delete(self) -> None:
        """The row, and the folder with all that is in it. ValueError for one that is running."""
        self._store.remove(self.id)

    def _refresh(self) -> None:
        self.record.update(self._store.record(self.id))

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"<gradus run {self.id}{name}: {self.record['data']}, {self.record['network']}, {self.status}>"


class RunList(Sequence[Run]):
    """Runs in the order that was asked for."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = list(runs)

    @overload
    def __getitem__(self, place: int) -> Run: ...
    @overload
    def __getitem__(self, place: slice) -> RunList: ...
    def __getitem__(self, place: int | slice) -> Run | RunList:
        return RunList(self._runs[place]) if isinstance(place, slice) else self._runs[place]

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs)

    @property
    def columns(self) -> Columns:
        return Columns.from_rows(run.record for run in self._runs)

    def to_frame(self) -> Any:
        """As a pandas DataFrame, a row per run; ImportError without pandas."""
        return self.columns.to_frame()

    def __repr__(self) -> str:
        return f"<{len(self)} runs>"

    def _repr_html_(self) -> str:
        shown = ("id", "name", "study", "contender", "seed", "data", "network", "status", "epochs", "seconds")
        known = set(self._runs[0].record) - set(shown) if self._runs else set()
        measured = [name for name in known if name.endswith(("_loss", "_accuracy", "_r2"))]
        columns = self.columns
        return Columns({name: columns[name] for name in [*shown, *sorted(measured)] if name in columns})._repr_html_()


def runs(folder: PathLike = "runs", filter: str = "", *, tags: Sequence[str] = (), sort: str = "", reverse: bool = False, limit: int = 0,
         metrics: Sequence[str] = ("test_loss", "test_accuracy")) -> RunList:
    """The runs of a store, as `gradus runs list` has them.

    Parameters
    ----------
    folder : path
        Of the store.
    filter : str
        Comparisons joined by `and`: "optimizer=adam and validation_accuracy>0.9"; columns, fields of configurations, series.
    tags : sequence of str
        Runs that bear all of them.
    sort : str
        A column or a series, the better ones first; by id otherwise. `reverse` turns it round, `limit` takes the first ones.
    metrics : sequence of str
        Series whose figures come along as columns: those of the kept weights, else the last ones. Unknown ones are left out.

    ValueError where there is no store, or for a name that does not exist, with the nearest that does.
    """
    store = _core.RunStore.open(os.fspath(folder))
    known = store.series_names()
    wanted = [metric for metric in metrics if metric in known]
    return RunList([Run(store, record) for record in store.select(filter, list(tags), sort, reverse, limit, wanted)])
