"""The commands that are disturbed, the folder that each begins in, and what it may leave there."""
import hashlib
import dataclasses
import os
import pathlib
import re
import shutil
import sqlite3
import struct
import subprocess

ROWS = "".join(f"{i % 7},{'red' if i % 3 else 'blue'},{i * i % 11},{'yes' if i % 2 else 'no'}\n" for i in range(40))
STUDY = """replicates = 1
[base]
data = "xor"
epochs = 1
samples = 40
[vary]
hidden = [2, 3]
[[claim]]
says = 'val_accuracy("3") > val_accuracy("2")'
"""
SMALL = ("--epochs", "2", "--hidden", "3", "--quiet")


@dataclasses.dataclass(frozen=True)
class Case:
    words: tuple
    writes: tuple = ()  # files that it makes or replaces; each is whole, the old one or absent
    stores: bool = False  # it adds runs to the store
    until: str | None = None  # a server: ended once it has said this


CASES = {
    "version": Case(("version",)),
    "train": Case(("train", "rows.csv", "--threads", "2", "--log-every", "1", *SMALL), stores=True),
    "train --out": Case(("train", "pictures", "--threads", "1", "--out", "old.safetensors", *SMALL), ("old.safetensors",), True),
    "train npz": Case(("train", "whole.npz", "--threads", "1", *SMALL), stores=True),
    "evaluate": Case(("evaluate", "model.safetensors", "rows.csv", "--json")),
    "predict": Case(("predict", "model.safetensors", "rows.csv", "--out", "old.csv"), ("old.csv",)),
    "convert safetensors": Case(("model", "convert", "model.npz", "old.safetensors"), ("old.safetensors",)),
    "convert npz": Case(("model", "convert", "model.safetensors", "old.npz"), ("old.npz",)),
    "convert onnx": Case(("model", "convert", "model.safetensors", "old.onnx"), ("old.onnx",)),
    "convert c": Case(("model", "convert", "model.onnx", "old.c"), ("old.c", "old.h")),
    "verify": Case(("model", "verify", "model.safetensors")),
    "study": Case(("study", "two.toml", "--workers", "1", "--quiet"), ("runs/two.html", "runs/two.toml"), True),
    "report": Case(("report", "1", "--out", "old.html"), ("old.html",)),
    "runs list": Case(("runs", "list", "--json")),
    "runs export": Case(("runs", "export", "1", "--to", "csv", "--out", "tables"), ("tables",)),
    "data info": Case(("data", "info", "rows.csv", "--json")),
    "serve": Case(("serve", "model.safetensors", "--access-log", "log"), ("log",), until="http://"),
    "lab": Case(("lab",), stores=True, until="Ctrl-C"),
}
# One that cannot be written is a warning.
CHECKPOINTS = ("checkpoint", "checkpoint.previous")
# What differs from one undisturbed run to the next.
VARIES = re.compile(r"\d+(\.\d+)? ?(s|ms|µs|ns)\b|\"(started|finished|seconds|evaluation_seconds|process|age)\":[^,}]*"
                    r"|:\d+/|token=\w+|\d{4}-\d\d-\d\d.\d\d:\d\d(:\d\d)?")


def idx(numbers, *shape):
    return struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape) + bytes(numbers)


def make_folder(injector, folder):
    """Data, models in every format, a store of one run, and files that are to be replaced."""
    (folder / "rows.csv").write_text("size,colour,age,ripe\n" + ROWS)
    (folder / "two.toml").write_text(STUDY)
    (folder / "pictures").mkdir()
    for part, count in (("train", 30), ("t10k", 10)):
        pixels = [(7 * i) % 256 for i in range(4 * count)]
        (folder / f"pictures/{part}-images-idx3-ubyte").write_bytes(idx(pixels, count, 2, 2))
        (folder / f"pictures/{part}-labels-idx1-ubyte").write_bytes(idx([i % 2 for i in range(count)], count))
    subprocess.run(["gzip", folder / "pictures/train-images-idx3-ubyte"], check=True)
    injector.plain(folder, "train", "rows.csv", *SMALL)
    shutil.copy(folder / "runs/1/model.safetensors", folder / "model.safetensors")
    for ending in ("npz", "onnx"):
        injector.plain(folder, "model", "convert", "model.safetensors", f"model.{ending}")
    write_npz(folder)
    for ending in ("safetensors", "npz", "onnx", "csv", "html", "c"):
        (folder / f"old.{ending}").write_text("the old one\n")


def write_npz(folder):
    import zipfile
    def array(shape, values):
        header = repr({"descr": "<f8", "fortran_order": False, "shape": shape}).ljust(117) + "\n"
        return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(values)}d", *values)
    with zipfile.ZipFile(folder / "whole.npz", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("X.npy", array((30, 2), [float(i % 7) for i in range(60)]))
        file.writestr("y.npy", array((30,), [float(i % 2) for i in range(30)]))


def scrubbed(text):
    return VARIES.sub("*", text)


def sound_checkpoint(data):
    """The last 64 bytes are the SHA-256 of those before."""
    return data.startswith(b"GRADUSCP") and data[-64:] == hashlib.sha256(data[:-64]).hexdigest().encode()


def content(path):
    """What two undisturbed runs agree on."""
    data = path.read_bytes()
    if path.name in CHECKPOINTS and sound_checkpoint(data):
        return b"a sound checkpoint"  # at another step, with other times
    if path.suffix in (".csv", ".svg", ".html", ".toml", ".json", ".jsonl") or path.name == "log":
        text = data.decode(errors="replace")
        # history.csv: its columns of seconds
        timed = path.suffix in (".csv", ".html") or path.parent.name == "studies"
        return scrubbed(re.sub(r"\d+(\.\d+)?e-\d+|\d+\.\d+", "#", text) if timed else text).encode()
    return data


def tree(folder):
    """{path: content} of all files but the database's."""
    return {str(path.relative_to(folder)): content(path) for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith("runs.sqlite")}


class Expectation:
    """What a case leaves when nothing disturbs it; complaints() compares another run with that."""

    def __init__(self, injector, name, base, folder):
        self.case = CASES[name]
        self.before = tree(base)
        shutil.copytree(base, folder, dirs_exist_ok=True)
        self.undisturbed = injector.run(folder, self.case.words, until=self.case.until)
        if self.undisturbed.status != 0:
            raise SystemExit(f"{name}: exit {self.undisturbed.status} without any fault: {self.undisturbed.err}")
        self.after = tree(folder)

    def complaints(self, ended, folder):
        yield from self.about_words(ended)
        yield from self.about_files(ended, folder)
        yield from about_store(folder, "out of memory" in ended.err)

    def about_words(self, ended):
        if ended.status is None:
            yield "it did not end"
        elif ended.status not in (0, 3):
            yield f"exit {ended.status}"
        elif ended.status == 0 and scrubbed(ended.out) != scrubbed(self.undisturbed.out):
            yield "exit 0, but another output"
        lines = ended.err.splitlines()
        errors = [line for line in lines if not line.startswith("gradus: no checkpoint: ")]
        if ended.status == 3 and not (errors and all(line.startswith("gradus: ") for line in lines) and len(errors) <= 2):
            yield "not one line on standard error that begins with gradus:"
        if ended.status == 3 and "a bug in gradus" in ended.err:
            yield "it is called a bug"

    def about_files(self, ended, folder):
        for path, now in tree(folder).items():
            if "/.gradus-" in "/" + path:
                yield f"a temporary is left: {path}"
            elif self.may_be_new(path):
                if now not in (self.before.get(path), self.after.get(path), b"a sound checkpoint") and not self.rescued(path, now):
                    yield f"neither the old nor the new file: {path}"
            elif path not in self.before:
                yield f"a file that nobody makes: {path}"
        for path, then in self.before.items():
            if not (folder / path).exists():
                yield f"a file is gone: {path}"
            elif not self.may_be_new(path) and content(folder / path) != then:
                yield f"another file has changed: {path}"
        others = {path for path in tree(folder).keys() ^ self.after.keys() if path.split("/")[-1] not in CHECKPOINTS}
        if ended.status == 0 and others:
            yield f"exit 0, but other files: {sorted(others)}"

    def rescued(self, path, now):
        """A model whose own place failed lies in the run's folder."""
        return path.endswith("model.safetensors") and now in self.after.values()

    def may_be_new(self, path):
        if any(path == name or path.startswith(name + "/") for name in self.case.writes):
            return True
        return self.case.stores and path.startswith("runs/") and not path.startswith("runs/1/")


def about_store(folder, may_leave_folders):
    """It is sound, has the run from before, and lists every folder; without memory none can be taken away again."""
    store = sqlite3.connect(folder / "runs/runs.sqlite")
    try:
        sound = store.execute("PRAGMA integrity_check").fetchone()[0]
        if sound != "ok":
            yield f"the store is damaged: {sound}"
        listed = {str(run): (status, model) for run, status, model in store.execute("SELECT id, status, model FROM runs")}
    finally:
        store.close()
    if listed.get("1", ("",))[0] != "finished":
        yield "the store has lost a run"
    folders = {entry.name for entry in os.scandir(folder / "runs") if entry.is_dir() and entry.name.isdigit()}
    if folders != listed.keys() and not (may_leave_folders and folders > listed.keys()):
        yield f"folders {sorted(folders)}, but runs {sorted(listed)}"
    for run, (status, model) in listed.items():
        if status == "finished" and not (pathlib.Path(folder) / "runs" / run / model).exists():
            yield f"run {run} is finished but without its model"
