#!/usr/bin/env python3
"""Runs with --memory: the same bits from npy, IDX and CSV, and for every number of threads; the bits of a run without a
window where it holds all rows; and a process whose memory stays within the window and what docs/large-data.md adds to it.

--long takes a file of a gigabyte instead of 200 MB."""

import argparse
import array
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

MB = 1_000_000
FAILURES = []


def check(holds, what):
    print(("ok      " if holds else "FAILED  ") + what, flush=True)
    if not holds:
        FAILURES.append(what)


def npy(path, descr, shape, pieces):
    header = repr({"descr": descr, "fortran_order": False, "shape": shape})
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        for piece in pieces:
            file.write(piece)


def folder(place, name, descr, shape, pieces, labels):
    made = place / name
    made.mkdir()
    npy(made / "X.npy", descr, shape, pieces)
    npy(made / "y.npy", "<i8", (shape[0],), [array.array("q", labels).tobytes()])
    return made


class Program:
    """gradus train in a folder of its own; the peak of each process's memory."""

    def __init__(self, program, place):
        self.program, self.place, self.runs = program, place, 0
        self.environment = dict(os.environ, XDG_CACHE_HOME=str(place / "cache"))

    def train(self, data, *flags):
        self.runs += 1
        command = [self.program, "train", str(data), "--json", "--hidden", "16", "--epochs", "2", "--runs",
                   str(self.place / f"runs{self.runs}"), *flags]
        with open(self.place / "out", "w+") as out:
            process = subprocess.Popen(command, stdout=out, env=self.environment)
            _, status, usage = os.wait4(process.pid, 0)
            out.seek(0)
            lines = [json.loads(line) for line in out]
        if status != 0:
            sys.exit(f"{' '.join(command)}: status {status}")
        return lines[-1]["weights_sha256"], usage.ru_maxrss * 1024


def same_bits(program, place):
    generator = random.Random(1)
    rows, side = 20_000, 28
    labels = [generator.randrange(3) for _ in range(rows)]
    pixels = generator.randbytes(rows * side * side)
    arrays = folder(place, "bytes", "|u1", (rows, side, side), [pixels], labels)
    idx = place / "idx"
    idx.mkdir()
    (idx / "train-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x0803, rows, side, side) + pixels)
    (idx / "train-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x0801, rows) + bytes(labels))
    del pixels
    window = ("--memory", "8MB")
    expected = program.train(arrays, *window)[0]
    check(program.train(idx, *window)[0] == expected, "npy and IDX give the same weights")
    check(program.train(arrays, *window, "--threads", "2")[0] == expected, "so do two threads")
    check(program.train(arrays, "--memory", "9MB")[0] != expected, "another window is another order")
    whole = program.train(arrays)[0]
    check(program.train(arrays, "--memory", "1GB")[0] == whole, "a window that holds all rows changes nothing")
    check(whole != expected, "a smaller one does")

    rows, columns = 18_000, 60
    values = array.array("d", (round(generator.gauss(0, 3), 3) for _ in range(rows * columns)))
    labels = [int(values[i * columns] > 0) for i in range(rows)]
    arrays = folder(place, "doubles", "<f8", (rows, columns), [values.tobytes()], labels)
    with open(place / "table.csv", "w") as file:
        file.write(",".join(f"x{c}" for c in range(columns)) + ",y\n")
        for i in range(rows):
            file.write(",".join(map(repr, values[i * columns:(i + 1) * columns])) + f",{labels[i]}\n")
    expected = program.train(arrays, *window)[0]
    for reading in ("made", "found"):
        check(program.train(place / "table.csv", *window)[0] == expected,
              f"npy and CSV give the same weights, its file of numbers being {reading}")
    left = {path.suffix for path in (place / "cache").rglob("*") if path.is_file()}
    check(left == {".columns"}, "of CSV these files are left, and nothing else")


def bounded_memory(program, place, rows, window):
    """The peak over that of a small run: the window, and what the documentation adds to it."""
    side = 28
    piece = array.array("f", (random.Random(2).random() for _ in range(100 * side * side))).tobytes()
    row_bytes = 4 * side * side
    labels = [i % 10 for i in range(rows)]

    def of(count, name):
        return folder(place, name, "<f4", (count, side, side), [piece] * (count // 100), labels[:count])

    _, base = program.train(of(1000, "small"))
    large = of(rows, "large")
    del labels
    size = rows * row_bytes
    allowed = base + window + 40 * rows + 10 * MB
    for flags in ((), ("--validations-per-epoch", "3", "--train-metrics", "after", "--standardize", "feature")):
        _, peak = program.train(large, "--memory", str(window), *flags)
        check(peak <= allowed, f"{size / MB:.0f} MB with a window of {window / MB:.0f} MB {' '.join(flags)}: peak "
              f"{peak / MB:.0f} MB, {base / MB:.0f} MB of it with a small table; allowed {allowed / MB:.0f} MB")
    _, whole = program.train(large)
    check(whole > allowed, f"without a window the peak is {whole / MB:.0f} MB: the test can tell")


def csv_within_its_window(program, place):
    """Columns on the disk and their features in memory are not there at once: that would be the window twice."""
    rows, columns, window = 80_000, 60, 40 * MB
    generator = random.Random(3)
    piece = "".join(",".join(f"{generator.gauss(0, 3):.3f}" for _ in range(columns)) + f",{i % 2}\n" for i in range(1000))
    head = ",".join(f"x{c}" for c in range(columns)) + ",y\n"
    small, large = place / "small.csv", place / "large.csv"
    small.write_text(head + piece)
    with open(large, "w") as file:
        file.write(head)
        for _ in range(rows // 1000):
            file.write(piece)
    base = program.train(small, "--memory", str(window))[1]
    program.train(large, "--memory", str(window))  # makes the file of columns
    peak = program.train(large, "--memory", str(window))[1]
    allowed = base + window + 40 * rows + 10 * MB
    check(peak <= allowed, f"CSV of {rows * columns * 8 / MB:.0f} MB that the window holds: peak {peak / MB:.0f} MB, "
          f"{base / MB:.0f} MB of it with a small table; allowed {allowed / MB:.0f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--long", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        program = Program(options.program, place)
        if b"__asan_init" in pathlib.Path(options.program).read_bytes():
            print("a sanitizer keeps memory of its own: none is measured")
        else:
            bounded_memory(program, place, *((320_000, 100 * MB) if options.long else (64_000, 20 * MB)))
            csv_within_its_window(program, place)
        same_bits(program, place)
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
