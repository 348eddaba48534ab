"""One line that says how far something is: on a terminal, in a notebook, or nowhere."""
from __future__ import annotations

import html
import sys
from typing import Any

_WIDTH = 30


def make_progress(wanted: bool | str) -> Progress:
    """'auto': where a person looks, on a terminal or in a notebook. TypeError for anything but that and truth values."""
    if wanted not in (True, False, "auto"):
        raise TypeError(f"progress is {wanted!r}; expected True, False or 'auto'")
    if wanted is False:
        return Progress()
    if _in_notebook():
        return _NotebookProgress()
    return _TerminalProgress() if wanted is True or sys.stderr.isatty() else Progress()


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return hasattr(shell, "kernel")


def duration(seconds: float) -> str:
    """"12 s", "3:05", "1:02:10"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


class Progress:
    """Shows nothing."""

    def show(self, label: str, done: float, note: str = "") -> None:
        """`done` in [0, 1]."""

    def close(self) -> None:
        """The line goes away."""


class _TerminalProgress(Progress):
    _shown = False

    def show(self, label: str, done: float, note: str = "") -> None:
        full = round(_WIDTH * done)
        sys.stderr.write(f"\r\x1b[K{label} [{'#' * full}{'.' * (_WIDTH - full)}] {note}")
        sys.stderr.flush()
        self._shown = True

    def close(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False


class _NotebookProgress(Progress):
    _handle: Any = None

    def show(self, label: str, done: float, note: str = "") -> None:
        from IPython.display import HTML, display
        line = HTML(f"{html.escape(label)} <progress value='{done:.4f}'></progress> {html.escape(note)}")
        if self._handle is None:
            self._handle = display(line, display_id=True)
        else:
            self._handle.update(line)

    def close(self) -> None:
        if self._handle is not None:
            from IPython.display import HTML
            self._handle.update(HTML(""))
            self._handle = None
