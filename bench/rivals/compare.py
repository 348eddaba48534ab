#!/usr/bin/env python3
"""gradus beside its rivals: checks that all compute the same, then times them in interleaved pairs.

Run it with the Python of the environment that bench/rivals/install makes; docs/benchmarks.md says how to read it.
A rival that is not installed, or that computes something else, is named and left out.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import sys
import tempfile

import inference
import picture
import table
import training
import works
from adapters.gradus_program import GradusFailed, Program

ROOT = pathlib.Path(__file__).resolve().parents[2]
RIVALS = tuple(dict.fromkeys([*training.RIVALS, *inference.RIVALS]))


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build" / "gradus", help="[build/gradus]")
    parser.add_argument("--library", type=pathlib.Path, help="libgradus_bench.so: gradus' predictions in process")
    parser.add_argument("--data-dir", type=pathlib.Path, default=os.environ.get("GRADUS_DATA"),
                        help="holds mnist/ [$GRADUS_DATA]")
    parser.add_argument("--works", type=names(works.WORKS, lambda work: work.name), default=works.WORKS, metavar="A,B,..",
                        help="of " + ", ".join(work.name for work in works.WORKS))
    parser.add_argument("--rivals", type=names(RIVALS, str), default=RIVALS, metavar="A,B,..",
                        help="of " + ", ".join(RIVALS))
    parser.add_argument("--only", choices=("training", "inference"), help="one of the two parts")
    parser.add_argument("--pairs", type=int, default=7, help="interleaved pairs of each comparison [7]")
    parser.add_argument("--threads", type=lambda text: [int(word) for word in text.split(",")], default=[1, 2],
                        metavar="N,N,..", help="equal numbers on both sides [1,2]")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="everything that was measured")
    parser.add_argument("--svg", type=pathlib.Path, metavar="FILE",
                        help="picture of training on the first number of threads")
    options = parser.parse_args(words)
    options.processors = len(os.sched_getaffinity(0))
    options.threads = [threads for threads in options.threads if threads <= options.processors]
    if options.data_dir is None and any(work.data == "mnist" for work in options.works):
        parser.error("MNIST is needed: name the folder that holds mnist/ with --data-dir or GRADUS_DATA")
    if not options.program.exists():
        parser.error(f"{options.program} is not there; build it with make build or name it with --program")
    if options.pairs < 1 or not options.threads:
        parser.error(f"--pairs must be 1 or more, and one of --threads at most {options.processors} (the processors)")
    return options


def names(entries, name_of):
    """Parses a,b,c into those entries."""
    known = {name_of(entry): entry for entry in entries}

    def parse_names(text):
        unknown = [word for word in text.split(",") if word not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{unknown[0]} is none of {', '.join(known)}")
        return [known[word] for word in text.split(",")]
    return parse_names


def processor():
    """The model's name as Linux tells it."""
    information = pathlib.Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def say(line):
    print(line, file=sys.stderr, flush=True)


def measure(options):
    """What stands in the JSON file."""
    program = Program(options.program.resolve(), options.folder / "runs")
    version = program.version()
    count = f"{options.processors} processor{'s' * (options.processors > 1)}"
    machine = f"{processor()}, {count}, gradus kernels {version['kernels']}, {datetime.date.today()}"
    say(machine)
    if not program.takes_threads:
        say("this gradus has no --threads: it runs on one thread beside any number of theirs")
    results = []
    for part, module in (("training", training), ("inference", inference)):
        if options.only in (None, part):
            rivals = [name for name in options.rivals if name in module.RIVALS]
            results += module.compare(options, program, rivals, say)
    return {"machine": machine, "python": platform.python_version(), "gradus": version, "pairs": options.pairs,
            "results": results}


def main():
    options = parse(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        options.folder = pathlib.Path(folder)
        # Compiled graphs are kept between the processes of this run.
        options.variables = {"TORCHINDUCTOR_CACHE_DIR": str(options.folder / "inductor")}
        if options.library:
            options.variables["GRADUS_BENCH_LIBRARY"] = str(options.library.resolve())
        try:
            measured = measure(options)
        except GradusFailed as error:
            sys.exit(f"compare.py: {error}")
    print("\n".join([measured["machine"], *table.tables(measured["results"])]))
    if options.json:
        options.json.write_text(json.dumps(measured, indent=1) + "\n")
    if options.svg:
        options.svg.write_text(picture.svg(measured["results"], options.threads[0], measured["machine"]))


if __name__ == "__main__":
    main()
