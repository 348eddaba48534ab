#!/usr/bin/env python3
"""What a step of several processes costs over slow networks, measured here with two; a model fitted to that; and what it predicts for
2 to 1,024 processes. Writes docs/cluster/*.svg and the figures of docs/cluster-cost.md.

    bench/cluster_cost.py --program build/gradus --switch build/tests/dist/slow_switch --data $GRADUS_DATA/mnist

Wants root, mpirun, NumPy, two free processors and a quarter of an hour; --rounds 1 tries it. --keep FILE keeps what was measured;
--again FILE fits that and draws it without measuring."""
import argparse
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import line_chart
from cluster_model import Costs, Link, Network, Processor, fitted, stops_paying
from curves import machine, number, write_figures
from line_chart import Line, Panel

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests/dist"))
from slow_network import Missing, SlowNetwork  # noqa: E402

SIZES = [Network(784, (64,)), Network(784, (300,)), Network(784, (1024, 1024))]
MANY_LAYERS = Network(784, (32,) * 8)  # short messages, and many of them: the cost of a message shows
NETWORKS = [MANY_LAYERS, *SIZES]
ROWS = 256  # of each process
SHARED_MEMORY, DIRECT = "shared memory", "TCP, not slowed"
SLOW = {DIRECT: (0, 0), "0.1 ms, 1 Gbit/s": (1e-4, 1000), "1 ms, 1 Gbit/s": (1e-3, 1000), "1 ms, 100 Mbit/s": (1e-3, 100)}
ALONE = [4, 16, 64, 256, 1024, 4096]  # rows
SECONDS = 0.8  # of a training, about
QUIET = 0.1  # of the processors, at most, are busy with something else when a training begins
INTERCONNECTS = [Link("1 Gbit/s, 100 µs, TCP", 100e-6, 1e9 / 8), Link("10 Gbit/s, 30 µs, TCP", 30e-6, 1e10 / 8),
                 Link("100 Gbit/s, 2 µs, by the card", 2e-6, 1e11 / 8)]
CARDS_FROM = 1e10  # bytes a second: such a network has cards that read and write the memory of the processes
CARD_MESSAGE = 1e-6  # seconds of the processor, assumed: in shared memory it is lost in the spread
PROCESSES = [2**k for k in range(11)]
STRONG_BATCH = 4096
TICKS = [1, 4, 16, 64, 256, 1024]
COLOURS = ("first", "second", "third")


def busy():
    """Processor seconds of everything on this machine."""
    user, nice, system, _, _, irq, soft = map(int, pathlib.Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def wait_until_quiet(patience):
    limit = time.monotonic() + patience
    while time.monotonic() < limit:
        before = busy()
        time.sleep(0.5)
        if busy() - before <= QUIET * 0.5 * len(os.sched_getaffinity(0)):
            return


class Bench:
    """Runs trainings, each when the machine is quiet, and keeps the seconds of their steps: {work: [seconds]}."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.seconds = {}

    def training(self, network, rows, slices):
        known = self.seconds.get(f"{network.name} {rows}", [])
        epochs = max(1, round(SECONDS / (10 * statistics.median(known)))) if known else 3
        hidden = ",".join(map(str, network.hidden))
        return [self.options.program, "train", self.options.data, "--hidden", hidden, "--batch-size", str(rows), "--gradient-slices",
                str(slices), "--train-count", str(10 * rows), "--epochs", str(epochs), "--threads", "1", "--validation", "0", "--test",
                "0", "--patience", "0", "--quiet", "--json"]

    def run(self, work, commands):
        """At the same time; keeps the mean of their steps."""
        wait_until_quiet(self.options.patience)
        started = [subprocess.Popen(command, cwd=self.folder / f"{k}", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                   for k, command in enumerate(commands)]
        steps = []
        for process in started:
            out, err = process.communicate()
            if process.returncode != 0:
                sys.exit(f"{work}: exit {process.returncode}\n{err}")
            end = json.loads(out.splitlines()[-1])
            steps.append(end["seconds"] / end["steps"])
        self.seconds.setdefault(work, []).append(statistics.mean(steps))
        print(f"{work:44} {1e3 * steps[0]:9.3f} ms", flush=True)

    def alone(self, network, rows):
        self.run(f"{network.name} {rows}", [["taskset", "-c", first_processors()[0], *self.training(network, rows, 1)]])

    def side_by_side(self, network):
        self.run(f"{network.name} side by side", [["taskset", "-c", processor, *self.training(network, ROWS, 1)]
                                                  for processor in first_processors()])

    def together(self, network, link, mpirun):
        epochs_of = self.training(network, ROWS, 1)
        words = self.training(network, 2 * ROWS, 2)
        words[words.index("--epochs") + 1] = epochs_of[epochs_of.index("--epochs") + 1]
        if "100 Mbit" in link:
            words[words.index("--epochs") + 1] = "3"
        self.run(f"{network.name} {link}", [[*mpirun, *words]])


def first_processors():
    return [str(processor) for processor in sorted(os.sched_getaffinity(0))[:2]]


def shared_memory():
    root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
    return ["mpirun", *root, "--mca", "btl", "self,vader", "-x", "GRADUS_MPI_MESSAGES=1", "--bind-to", "core", "-n", "2"]


def measure(options, folder):
    bench = Bench(options, folder)
    for k in range(2):
        (folder / f"{k}").mkdir(exist_ok=True)
    links = {SHARED_MEMORY: [0, 0]}
    for _ in range(options.rounds):
        for network in NETWORKS:
            for rows in ALONE if network in SIZES else [ROWS]:
                bench.alone(network, rows)
            bench.side_by_side(network)
            bench.together(network, SHARED_MEMORY, shared_memory())
        for name, (latency, megabits) in SLOW.items():
            with SlowNetwork(options.switch, latency, megabits) as slow:
                there_and_back, rate = slow.echo()
                links.setdefault(name, [[], []])
                links[name][0].append(there_and_back / 2)
                links[name][1].append(rate)
                for network in NETWORKS:
                    bench.together(network, name, slow.mpirun(2))
        found = {"machine": machine(options.program), "links": links, "seconds": bench.seconds, "loss_of_row": loss_of_row(options.program)}
        if options.keep:
            options.keep.write_text(json.dumps(found, indent=1))
    return found


def loss_of_row(program):
    words = [program, "bench", "--only", "steps", "--breakdown", "--json", "--hidden", "64", "--batch-size", "1024"]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    return next(line["loss"] for line in map(json.loads, done.stdout.splitlines()) if line["event"] == "breakdown") / 1024


class Figures:
    """The fastest of the rounds (a neighbour on the machine does not stay for every one), the fit, and what follows from it."""

    def __init__(self, found):
        self.found = found
        self.fastest = {work: min(seconds) for work, seconds in found["seconds"].items()}
        self.links = {name: self.link(name) for name in found["links"]}
        self.cards = fitted([self.cell(network, SHARED_MEMORY) for network in NETWORKS], 2)
        self.tcp = self.fitted_without(None)

    def link(self, name):
        latencies_seen, rates = self.found["links"][name]
        if name in (SHARED_MEMORY, DIRECT):  # all of it is the processors' work
            return Link(name, 0.0, 0.0)
        direct = statistics.median(self.found["links"][DIRECT][0])
        return Link(name, statistics.median(latencies_seen) - direct, statistics.median(rates), 1)

    def cell(self, network, name):
        return (network, 2 * ROWS, self.links[name], self.fastest[f"{network.name} side by side"], self.fastest[f"{network.name} {name}"])

    def fitted_without(self, left_out):
        return fitted([self.cell(*each) for each in itertools.product(NETWORKS, SLOW) if each != left_out], 5)

    def costs(self, link):
        return self.tcp if link.rate < CARDS_FROM else Costs(self.cards.per_byte, max(self.cards.per_message, CARD_MESSAGE))

    def modelled(self, network, name, costs):
        _, batch, link, compute, _ = self.cell(network, name)
        return compute + costs.exchange(network, batch, 2, link)

    def processor(self, network):
        return Processor({rows: self.fastest[f"{network.name} {rows}"] for rows in ALONE}, self.found["loss_of_row"])

    def strong(self, network, link):
        """{processes: seconds of a step of the same batch}"""
        one = self.processor(network)
        return {count: one.step_of_many(network, STRONG_BATCH, count, link, self.costs(link)) for count in PROCESSES}

    def weak(self, network, link):
        """{processes: seconds of a step of as many rows for each}"""
        one = self.processor(network)
        return {count: one.step_of_many(network, ROWS * count, count, link, self.costs(link)) for count in PROCESSES}


def spread(seconds):
    return (max(seconds) - min(seconds)) / statistics.median(seconds)


def measured_table(figures):
    yield ["network", "over", "rows alone, ms", "measured, ms", "spread", "model, ms", "error", "left out of the fit"]
    for name in figures.links:
        for network in NETWORKS:
            *_, compute, step = figures.cell(network, name)
            model = figures.modelled(network, name, figures.cards if name == SHARED_MEMORY else figures.tcp)
            stranger = figures.modelled(network, name, figures.fitted_without((network, name))) if name in SLOW else None
            yield [network.name, name, number(compute * 1e3), number(step * 1e3),
                   f"{spread(figures.found['seconds'][f'{network.name} {name}']):.0%}", number(model * 1e3), f"{model / step - 1:+.0%}",
                   f"{stranger / step - 1:+.0%}" if stranger else ""]


def fit_table(figures):
    yield ["what", "over TCP", "in shared memory"]
    rows = [("processor, ns for each byte exchanged", 1e9, "per_byte"), ("processor, µs for each message", 1e6, "per_message"),
            ("share of the wire's time that is waited for", 1, "wire_share"), ("share of the latencies that is waited for", 1, "latency_share"),
            ("slow_switch, µs added to each latency", 1e6, "per_crossing")]
    for what, scale, name in rows:
        shared = number(getattr(figures.cards, name) * scale) if "processor" in what else ""
        yield [what, number(getattr(figures.tcp, name) * scale), shared]


def link_table(figures):
    yield ["asked for", "one way, µs", "Mbit/s"]
    for name in SLOW:
        ways, rates = figures.found["links"][name]
        yield [name, number(statistics.median(ways) * 1e6), number(statistics.median(rates) * 8e-6)]


def strong_table(figures):
    yield ["interconnect", "network", "one process, ms", "shortest step, ms", "processes", "speed-up", "half efficient up to"]
    for link in INTERCONNECTS:
        for network in SIZES:
            times = figures.strong(network, link)
            shortest, efficient = stops_paying(times)
            yield [link.name, network.name, number(times[1] * 1e3), number(times[shortest] * 1e3), f"{shortest:,}",
                   f"{times[1] / times[shortest]:.1f}", f"{efficient:,}"]


def weak_table(figures):
    yield ["interconnect", "network", *[f"{count:,}" for count in PROCESSES[1::2]], "1,024"]
    for link in INTERCONNECTS:
        for network in SIZES:
            times = figures.weak(network, link)
            yield [link.name, network.name, *[f"{times[1] / times[count]:.1%}" for count in [*PROCESSES[1::2], 1024]]]


def panels(figures, lines_of, **settings):
    return [Panel(link.name, lines_of(figures, link), x_title="processes, one for each machine", x_ticks=TICKS, **settings)
            for link in INTERCONNECTS]


def strong_lines(figures, link):
    for network, colour in zip(SIZES, COLOURS):
        times = figures.strong(network, link)
        shortest, _ = stops_paying(times)
        yield Line(",".join(map(str, network.hidden)), [(count, seconds * 1e3) for count, seconds in times.items()], colour, True,
                   ring=(shortest, times[shortest] * 1e3, f"{shortest:,}"))


def weak_lines(figures, link):
    for network, colour in zip(SIZES, COLOURS):
        times = figures.weak(network, link)
        yield Line(",".join(map(str, network.hidden)), [(count, times[1] / seconds) for count, seconds in times.items()], colour, True)


def draw(figures, folder):
    folder.mkdir(exist_ok=True)
    foot = f"Predicted by a model fitted to two processes: {figures.found['machine']}"
    reach = [seconds * 1e3 for link in INTERCONNECTS for network in SIZES for seconds in figures.strong(network, link).values()]
    strong = panels(figures, lambda *those: list(strong_lines(*those)), reach=(min(reach), max(reach)))
    weak = panels(figures, lambda *those: list(weak_lines(*those)), percent=True)
    (folder / "strong.svg").write_text(line_chart.document(
        f"Prediction: a step of {STRONG_BATCH:,} rows, shared by more processes", "milliseconds; 784 inputs, hidden units at the end of the line, "
        "10 classes; ringed: the number of processes with the shortest step", strong, foot))
    (folder / "weak.svg").write_text(line_chart.document(
        f"Prediction: {ROWS} rows for each process", "rows a second of each process, as a share of what one process alone does; 784 inputs, hidden units at the end of the line, 10 classes", weak, foot))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / "build/gradus", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--switch", default=ROOT / "build/tests/dist/slow_switch", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--data", default="mnist", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--docs", type=pathlib.Path, default=ROOT / "docs", help="holds cluster-cost.md and cluster/ [docs]")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--patience", type=float, default=20, help="seconds to wait for a quiet machine before each training [20]")
    parser.add_argument("--keep", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--again", type=pathlib.Path, metavar="FILE")
    return parser.parse_args()


def main():
    options = arguments()
    if options.again:
        found = json.loads(options.again.read_text())
    else:
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = measure(options, pathlib.Path(folder))
            except Missing as what:
                sys.exit(f"cluster_cost.py: {what}")
    figures = Figures(found)
    draw(figures, options.docs / "cluster")
    sections = [("The links", link_table(figures)), ("Two processes, measured and modelled", measured_table(figures)), ("The fit", fit_table(figures)),
                (f"Predicted: {STRONG_BATCH:,} rows shared", strong_table(figures)), (f"Predicted: {ROWS} rows for each process", weak_table(figures))]
    write_figures(options.docs / "cluster-cost.md", sections, found["machine"])


if __name__ == "__main__":
    main()
