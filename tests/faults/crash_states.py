#!/usr/bin/env python3
"""The machine dies at any instant while a command writes: on the disk lies the old file or the new one, never a part.

The shim writes down what a command does to its files: open, write, sync, rename, unlink. Every prefix of that is taken for the
moment of the crash, and from it every disk that POSIX allows: what was not synced may be there, be absent, be cut or be zeros,
file by file; renames and new names may be missing where the folder was not synced, from any one on or any one alone. Once the
command has ended only the new file will do."""
import argparse
import dataclasses
import pathlib
import shutil
import sys
import tempfile

from cases import CASES, make_folder, sound_checkpoint
from injection import Injector

CHOSEN = ("train --out", "predict", "convert safetensors", "convert npz", "convert onnx", "convert c", "report")


@dataclasses.dataclass
class Operation:
    what: str  # open, write, sync, rename, unlink
    path: str
    other: str = ""  # of a rename: the new name
    offset: int = 0
    data: bytes = b""


def read_log(text, folder):
    """The operations on files and folders within `folder`; those of the database, which has its own ways, are left out."""
    operations = []
    for line in text.splitlines():
        words = line.split("\t")
        what, path = words[0], str(folder / words[1])
        if not path.startswith(str(folder)) or "runs.sqlite" in path:
            continue
        if what == "write":
            operations.append(Operation(what, path, offset=int(words[2]), data=bytes.fromhex(words[3])))
        elif what == "rename":
            operations.append(Operation(what, path, str(folder / words[2])))
        elif what == "open" and words[2] == "truncated":
            operations += [Operation("open", path), Operation("truncate", path)]
        else:
            operations.append(Operation(what, path))
    return operations


class File:
    def __init__(self, synced=b""):
        self.synced = synced
        self.pending = []  # operations since the last sync

    def whole(self, operations=None):
        data = bytearray(self.synced)
        for operation in self.pending if operations is None else operations:
            if operation.what == "truncate":
                del data[:]
                continue
            data.extend(bytes(max(0, operation.offset - len(data))))
            data[operation.offset:operation.offset + len(operation.data)] = operation.data
        return bytes(data)

    def sync(self):
        self.synced, self.pending = self.whole(), []

    def possible(self):
        """What may be found after a crash."""
        if not self.pending:
            return {self.synced}
        whole = self.whole()
        found = {whole, self.synced, bytes(len(whole)), whole[:len(whole) // 2], whole[:-1]}
        found |= {self.whole(self.pending[:i] + self.pending[i + 1:]) for i in range(len(self.pending))}
        found |= {self.whole(self.pending[:i]) for i in range(len(self.pending))}
        return found


class Disk:
    """Files by name; the names' changes since their folder was synced may be missing after a crash."""

    def __init__(self, files):
        self.names = {path: File(data) for path, data in files.items()}  # as they are on the disk for certain
        self.changes = []  # (path, File or None) lists that belong together, in order

    def now(self, changes=None):
        names = dict(self.names)
        for change in self.changes if changes is None else changes:
            for path, file in change:
                names[path] = file
        return names

    def apply(self, operation):
        names = self.now()
        file = names.get(operation.path)
        if operation.what == "open" and file is None:
            self.changes.append([(operation.path, File())])
        elif operation.what in ("write", "truncate") and file is not None:
            file.pending.append(operation)
        elif operation.what == "sync" and file is not None:
            file.sync()
        elif operation.what == "sync":
            self.sync_folder(operation.path)
        elif operation.what == "rename":
            self.changes.append([(operation.other, file), (operation.path, None)])
        elif operation.what == "unlink":
            self.changes.append([(operation.path, None)])

    def sync_folder(self, folder):
        inside = [change for change in self.changes if str(pathlib.PurePath(change[0][0]).parent) == folder]
        for change in inside:
            for path, file in change:
                self.names[path] = file
            self.changes.remove(change)

    def possible(self, path):
        """What may lie under `path` after a crash; None: nothing."""
        found = set()
        count = len(self.changes)
        kept = [self.changes[:i] for i in range(count + 1)]
        kept += [self.changes[:i] + self.changes[i + 1:] for i in range(count)]
        for changes in kept:
            file = self.now(changes).get(path)
            found |= {None} if file is None else file.possible()
        return found


def broken_states(operations, before, after):
    """(states looked at, those in which a file is neither old nor new, those lost after the end)."""
    looked = 0
    broken = []
    for length in range(len(operations) + 1):
        disk = Disk(before)
        for operation in operations[:length]:
            disk.apply(operation)
        for path, new in after.items():
            states = disk.possible(path)
            looked += len(states)
            allowed = {new} if length == len(operations) else {new, before.get(path), *filter(sound_checkpoint, filter(None, states))}
            if not states <= allowed:
                doing = operations[length - 1] if length else None
                broken.append(f"{path} after operation {length} of {len(operations)}, {doing and doing.what}: "
                              f"{[len(state or b'') for state in states - allowed]} bytes")
    return looked, broken


def check_the_checker():
    """Careless writers must be found out."""
    before, after = {"/d/a": b"old"}, {"/d/a": b"newer"}
    write = [Operation("open", "/d/t"), Operation("write", "/d/t", data=b"newer")]
    sync, rename, folder = Operation("sync", "/d/t"), Operation("rename", "/d/t", "/d/a"), Operation("sync", "/d")
    careful = [*write, sync, rename, folder]
    assert not broken_states(careful, before, after)[1]
    in_place = [Operation("truncate", "/d/a"), Operation("write", "/d/a", data=b"newer"), Operation("sync", "/d/a")]
    for name, careless in (("in place", in_place), ("no sync", [*write, rename, folder]), ("late sync", [*write, rename, sync, folder]),
                           ("no sync of the folder", careful[:-1])):
        assert broken_states(careless, before, after)[1], name


def try_case(injector, base, name):

    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place).resolve() / "work"
        shutil.copytree(base, folder)
        before = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and "runs.sqlite" not in path.name}
        log = pathlib.Path(place) / "log"
        ended = injector.run(folder, CASES[name].words, log=log)
        assert ended.status == 0, ended.err
        operations = read_log(log.read_text(), folder)
        after = {}
        for path in folder.rglob("*"):
            if path.is_file() and "runs.sqlite" not in path.name and before.get(str(path)) != path.read_bytes():
                after[str(path)] = path.read_bytes()
    assert after and operations, name
    return len(operations), len(after), *broken_states(operations, before, after)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the gradus to test")
    parser.add_argument("--shim", required=True, help="fault_shim.so")
    options = parser.parse_args()
    check_the_checker()
    injector = Injector(options.program, options.shim)
    failed = 0
    with tempfile.TemporaryDirectory() as place:
        make_folder(injector, pathlib.Path(place))
        for name in CHOSEN:
            count, files, looked, broken = try_case(injector, pathlib.Path(place), name)
            print(f"{name}: {count} operations, {files} files, {looked} states of the disk, {len(broken)} broken")
            print("".join(f"  {line}\n" for line in broken[:5]), end="")
            failed += len(broken)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
