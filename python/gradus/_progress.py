"""A line that shows how far a training is: tqdm's where it is installed, else one of our own on standard error."""
from __future__ import annotations

import sys
import time
from typing import Any

_BETWEEN_LINES = 0.1  # seconds


def in_notebook() -> bool:
    """Whether this runs in a Jupyter kernel."""
    if "IPython" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython()
    return shell is not None and "IPKernelApp" in shell.config


def progress_bar(mode: bool | str, total: int) -> Any:
    """None where nothing is to be shown; else something with show(done, text) and close().

    mode: True, False, or 'auto': in a terminal or a notebook.
    """
    if mode is False or (mode == "auto" and not (sys.stderr.isatty() or in_notebook())):
        return None
    try:
        return _Tqdm(total)
    except ImportError:
        return _Line(total)


class _Tqdm:
    def __init__(self, total):
        from tqdm.auto import tqdm
        self._bar = tqdm(total=total, unit="epoch")

    def show(self, done, text):
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(done - self._bar.n)

    def close(self):
        self._bar.close()


class _Line:
    def __init__(self, total):
        self._total = total
        self._shown_at = 0.0
        self._line = ""
        self._width = 0
        self._started_at = time.perf_counter()

    def show(self, done, text):
        now = time.perf_counter()
        self._line = f"{done:{len(str(self._total))}d}/{self._total} epochs, {text}"
        if now - self._shown_at >= _BETWEEN_LINES:
            self._write(f"{self._line}, {(now - self._started_at) / done * (self._total - done):.0f} s left at most")
            self._shown_at = now

    def _write(self, line):
        print("\r" + line.ljust(self._width), end="", file=sys.stderr, flush=True)
        self._width = len(line)

    def close(self):
        if self._line:
            self._write(f"{self._line}, {time.perf_counter() - self._started_at:.1f} s")
            print(file=sys.stderr)
