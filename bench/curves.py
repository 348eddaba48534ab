#!/usr/bin/env python3
"""Measures how the cost of training grows: writes docs/cost/*.svg and the figures of docs/cost.md.

    bench/curves.py [--quick] [--program build/gradus] [--docs docs] [--only width,batch,depth,rows]

A full run takes about six minutes, a quick one less than a minute. The folders with 10^3 to 10^7 rows are made by
--numpy-python in a temporary folder, up to 850 MB at a time.
"""
import argparse
import dataclasses
import datetime
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

import line_chart
from line_chart import Line, Panel

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "bench/rivals"))
from table import number  # noqa: E402

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
CACHE = pathlib.Path("/sys/devices/system/cpu/cpu0/cache")
BYTES_PER_PARAMETER = 8  # weight and momentum, float
MADE_ROWS = """
import sys, numpy
folder, rows = sys.argv[1], int(sys.argv[2])
random = numpy.random.default_rng(1)
x = numpy.lib.format.open_memmap(f"{folder}/X.npy", mode="w+", dtype=numpy.float32, shape=(rows, 20))
y = numpy.lib.format.open_memmap(f"{folder}/y.npy", mode="w+", dtype=numpy.int64, shape=(rows,))
for begin in range(0, rows, 100000):
    part = random.standard_normal((min(100000, rows - begin), 20), dtype=numpy.float32)
    x[begin:begin + len(part)] = part
    y[begin:begin + len(part)] = part.sum(axis=1) > 0
"""


@dataclasses.dataclass(frozen=True)
class Shape:
    """A network of equal hidden layers and a batch, as `gradus bench` takes them."""
    inputs: int
    width: int
    layers: int = 1
    batch: int = 32

    def parameters(self):
        return (self.inputs + 1) * self.width + (self.layers - 1) * (self.width + 1) * self.width + (self.width + 1) * 10

    def flags(self):
        hidden = ",".join([str(self.width)] * self.layers)
        return ["--hidden", hidden, "--inputs", str(self.inputs), "--batch-size", str(self.batch)]


def powers_of_two(first, last):
    return [2**k for k in range(first.bit_length() - 1, last.bit_length())]


# What grows, and the shapes of each line.
STEPS = {
    "width": {"": {width: Shape(width, width) for width in powers_of_two(16, 4096)}},
    "batch": {f"{width} units": {batch: Shape(784, width, batch=batch) for batch in powers_of_two(1, 1024)}
              for width in (64, 512)},
    "depth": {"": {layers: Shape(784, 64, layers) for layers in (1, 2, 3, 4, 6, 8, 10, 14, 20)}},
}
TITLES = {"width": ("Cost of a step as the network grows wider", "inputs and one hidden layer of that width, 10 classes, batch 32"),
          "batch": ("Cost of a step as the batch grows", "784 inputs, one hidden layer of 64 or 512 units, 10 classes; one thread unless said"),
          "depth": ("Cost of a step as the network grows deeper", "784 inputs, hidden layers of 64 units, 10 classes, batch 32")}
X_TITLES = {"width": "inputs and hidden units", "batch": "rows in a batch", "depth": "hidden layers"}
TICKS = {"width": [16, 64, 256, 1024, 4096], "batch": [1, 4, 16, 64, 256, 1024], "depth": [1, 2, 5, 10, 20]}
ROWS = [1000, 3000, 10000, 30000, 100000, 300000, 1000000, 3000000, 10000000]
THREADS = ("1", "auto")


def caches():
    """Bytes by name of the data caches that a core sees: L1, L2, L3."""
    sizes = {}
    for index in sorted(CACHE.glob("index*")):
        if (index / "type").read_text().strip() != "Instruction":
            size = (index / "size").read_text().strip()
            sizes["L" + (index / "level").read_text().strip()] = int(size.rstrip("KM")) * {"K": 2**10, "M": 2**20}[size[-1]]
    return sizes


def say(words):
    """Progress, for a person at a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{words[:100]}", end="", file=sys.stderr, flush=True)


def lines_of(command):
    """The JSON lines that a command prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def measure_steps(program, works, seconds, passes):
    """{(shape, threads): the fastest of some passes over all of them}: a neighbour does not stay for every pass."""
    best = {}
    for turn in range(passes):
        for work in works:
            shape, threads = work
            say(f"pass {turn + 1} of {passes}: {' '.join(shape.flags())} --threads {threads}")
            step = lines_of([program, "bench", "--only", "steps", "--json", *shape.flags(), "--threads", threads,
                             "--seconds", str(seconds)])[-1]
            best[work] = min(best.get(work, step), step, key=lambda each: each["seconds"])
    return best


def crossings(width_of_bytes, reach):
    """(x, name) of the caches that are filled within the reach of an axis."""
    marks = [(width_of_bytes(size), f"{name} full") for name, size in caches().items()]
    return [(at, name) for at, name in marks if reach[0] < at < reach[-1]]


def marks_of(grows):
    """Where weights and momentum, and for a growing batch its inputs, fill a cache."""
    if grows == "width":  # BYTES_PER_PARAMETER * (width^2 + 11 width + 10)
        return crossings(lambda size: math.sqrt(size / BYTES_PER_PARAMETER + 20.25) - 5.5, TICKS[grows])
    if grows == "batch":
        resident = BYTES_PER_PARAMETER * Shape(784, 64).parameters()
        marks = crossings(lambda size: (size - resident) / (4 * 784 + 8 * 64) if size > resident else 0, TICKS[grows])
        return [(at, f"{name} (64)") for at, name in marks]
    return []


def step_chart(grows, steps, foot):
    def lines(value):
        for colour, (name, shapes) in zip(("first", "second"), STEPS[grows].items()):
            for threads in THREADS:
                words = {"1": name or "one thread", "auto": f"{name.split()[0]}, auto" if name else "auto"}[threads]
                points = [(x, value(steps[shape, threads])) for x, shape in shapes.items() if (shape, threads) in steps]
                yield Line(words, points, colour, threads == "auto")

    ends = dict(x_title=X_TITLES[grows], x_ticks=TICKS[grows], marks=marks_of(grows))
    title, subtitle = TITLES[grows]
    return line_chart.document(title, subtitle, [
        Panel("microseconds", list(lines(lambda step: step["seconds"] * 1e6)), **ends),
        Panel("share of the peak of the threads in use", list(lines(lambda step: step["share_of_peak"])), percent=True, **ends),
    ], foot)


def step_table(grows, steps):
    yield [X_TITLES[grows], "network", "one thread, µs", "of peak", "auto, µs", "threads", "of peak"]
    for shapes in STEPS[grows].values():
        for x, shape in shapes.items():
            if (shape, "1") not in steps:
                continue
            one, auto = (steps[shape, threads] for threads in THREADS)
            yield [f"{x:,}", one["name"].split(",")[0], number(one["seconds"] * 1e6), f"{one['share_of_peak']:.0%}",
                   number(auto["seconds"] * 1e6), str(auto["threads"]), f"{auto['share_of_peak']:.0%}"]


def train_command(program, folder, runs):
    return [program, "train", folder, "--epochs", "1", "--hidden", "16", "--batch-size", "256", "--validation", "0", "--test",
            "0", "--patience", "0", "--runs", runs, "--quiet", "--json"]


def watch_memory(process, peaks):
    """Keeps the largest resident memory, and of it what is the process's own, without the pages of mapped files. The
    system's own record (ru_maxrss) begins with this Python, from which the process was forked."""
    names = {"VmHWM:": "resident", "RssAnon:": "own"}
    while process.returncode is None:
        try:
            words = [line.split() for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()]
        except OSError:
            return
        for name, amount in ((names[line[0]], int(line[1]) * 1024) for line in words if line[0] in names):
            peaks[name] = max(peaks[name], amount)
        time.sleep(0.001)


def train_rows(program, folder, runs):
    """One run: its seconds and its memory. None where the program does not take the folder."""
    process = subprocess.Popen(train_command(program, folder, runs), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    peaks = {"resident": 0, "own": 0}
    watcher = threading.Thread(target=watch_memory, args=(process, peaks))
    watcher.start()
    output = process.stdout.read()
    complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    watcher.join()
    if process.returncode != 0:
        print(f"rows left out: gradus does not train on {folder}: {complaint.strip()}")
        return None
    epoch = next(line for line in map(json.loads, output.splitlines()) if line["event"] == "epoch")
    return {"seconds": epoch["seconds"], "processor_seconds": usage.ru_utime + usage.ru_stime, **peaks}


def measure_rows(program, numpy_python, counts, passes):
    """{rows: the fastest of some runs, with their largest memory}."""
    results = {}
    for rows in counts:
        say(f"{rows:,} rows")
        with tempfile.TemporaryDirectory() as folder:
            data = pathlib.Path(folder) / "rows"
            data.mkdir()
            subprocess.run([numpy_python, "-c", MADE_ROWS, data, str(rows)], check=True)
            runs = [train_rows(program, str(data), str(pathlib.Path(folder) / "runs")) for _ in range(passes)]
            if None in runs:
                return {}
        results[rows] = {"file": rows * 20 * 4,
                         **{name: min(run[name] for run in runs) for name in ("seconds", "processor_seconds")},
                         **{name: max(run[name] for run in runs) for name in ("resident", "own")}}
    return results


def rows_chart(results, foot):
    def points(name, scale):
        return [(rows, result[name] * scale) for rows, result in results.items()]

    ends = dict(x_title="rows of 20 features", x_ticks=[10**k for k in range(3, 8) if 10**k <= max(max(results), 10000)])
    return line_chart.document("Cost of an epoch as the table grows", "20-16-2, batch 256, rows from a memory-mapped npy", [
        Panel("seconds per epoch", [Line("training", points("seconds", 1))], **ends),
        Panel("megabytes at the peak", [Line("resident", points("resident", 1e-6)),
                                        Line("its own", points("own", 1e-6), "second"),
                                        Line("X.npy", points("file", 1e-6), dashed=True)], **ends),
    ], foot)


def rows_table(results):
    yield ["rows", "X.npy, MB", "epoch, s", "ns per row", "resident, MB", "its own, MB", "processor, s"]
    for rows, result in results.items():
        yield [f"{rows:,}", number(result["file"] / 1e6), f"{result['seconds']:.3g}", number(result["seconds"] / rows * 1e9),
               number(result["resident"] / 1e6), number(result["own"] / 1e6), f"{result['processor_seconds']:.3g}"]


def markdown(table):
    head, *rows = [["–" if cell == "" else cell.replace("%", " %") for cell in cells] for cells in table]
    rule = ["---" if cell == "network" else "---:" for cell in head]
    return ["| " + " | ".join(cells) + " |" for cells in (head, rule, *rows)]


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    fields = dict(map(str.strip, line.split(":", 1)) for line in lines if ":" in line)
    return (f"{fields.get('model name', 'processor')}, family {fields.get('cpu family')}, model {fields.get('model')}, "
            f"{len(os.sched_getaffinity(0))} processors")


def machine(program):
    kernels = lines_of([program, "bench", "--only", "steps", "--json", "--hidden", "16", "--seconds", "0.01"])[0]["kernels"]
    sizes = ", ".join(f"{name} {size // 1024:,} KiB" for name, size in caches().items())
    return f"{processor()}; {sizes}; kernels {kernels}; {datetime.date.today()}"


def write_figures(page, sections, about):
    """Replaces what stands between the markers of the page."""
    before, rest = page.read_text().split(BEGIN)
    after = rest.split(END)[1]
    lines = [about, ""]
    for heading, table in sections:
        lines += [f"### {heading}", "", *markdown(table), ""]
    page.write_text(before + BEGIN + "\n\n" + "\n".join(lines) + "\n" + END + after)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer points, one pass, not for quoting")
    parser.add_argument("--program", default=str(ROOT / "build/gradus"))
    parser.add_argument("--docs", type=pathlib.Path, default=ROOT / "docs", help="holds cost.md and cost/ [docs]")
    parser.add_argument("--only", default="width,batch,depth,rows", help="parts to measure [%(default)s]")
    parser.add_argument("--numpy-python", default="/usr/bin/python3", help="a Python with NumPy [%(default)s]")
    return parser.parse_args()


def main():
    options = arguments()
    parts = options.only.split(",")
    if unknown := set(parts) - {*STEPS, "rows"}:
        sys.exit(f"curves.py: --only: {', '.join(sorted(unknown))} is unknown; expected width, batch, depth or rows")
    about = machine(options.program)
    pictures = options.docs / "cost"
    pictures.mkdir(exist_ok=True)
    sections = []
    grown = [grows for grows in STEPS if grows in parts]
    shapes = [shape for grows in grown for of_line in STEPS[grows].values()
              for shape in list(of_line.values())[::3 if options.quick else 1]]
    works = [(shape, threads) for shape in dict.fromkeys(shapes) for threads in THREADS]
    seconds, passes = (0.05, 1) if options.quick else (0.3, 4)
    steps = measure_steps(options.program, works, seconds, passes)
    for grows in grown:
        (pictures / f"{grows}.svg").write_text(step_chart(grows, steps, about))
        sections.append((TITLES[grows][0], step_table(grows, steps)))
    counts = ROWS[:5:2] if options.quick else ROWS
    rows = measure_rows(options.program, options.numpy_python, counts, 1 if options.quick else 3) if "rows" in parts else {}
    if rows:
        (pictures / "rows.svg").write_text(rows_chart(rows, about))
        sections.append(("Cost of an epoch as the table grows", rows_table(rows)))
    say("")
    write_figures(options.docs / "cost.md", sections, about)


if __name__ == "__main__":
    main()
