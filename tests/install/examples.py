#!/usr/bin/env python3
"""Builds the programs of examples/cpp against an installed gradus, by find_package and by pkg-config, and runs them.

What they predict is compared, to the last bit, with what the installed `gradus predict` says.
"""
import argparse
import csv
import os
import pathlib
import random
import subprocess
import sys


def run(*words, **options):
    words = [str(word) for word in words]
    done = subprocess.run(words, text=True, capture_output=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def build_with_cmake(args):
    folder = args.work / "cmake"
    run("cmake", "-S", args.examples, "-B", folder, "-G", args.generator, f"-DCMAKE_PREFIX_PATH={args.prefix}",
        f"-DCMAKE_CXX_COMPILER={args.cxx}", f"-DCMAKE_CXX_FLAGS={args.cxx_flags} -Wall -Wextra -Werror",
        f"-DCMAKE_C_FLAGS={args.cxx_flags} -Wall -Wextra -pedantic -Werror")
    run("cmake", "--build", folder)
    return folder


def build_with_pkg_config(args):
    """The C program, against the shared library; where it stands is told when it is run."""
    folders = [path.parent for path in args.prefix.rglob("gradus.pc")]
    environment = dict(os.environ, PKG_CONFIG_PATH=str(folders[0]))
    flags = run("pkg-config", "--cflags", "--libs", "gradus", env=environment).split()
    program = args.work / "predict_pkg_config"
    run("cc", "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", args.examples / "predict.c", "-o", program,
        *args.cxx_flags.split(), *flags)
    return program, dict(os.environ, LD_LIBRARY_PATH=str(folders[0].parent))


def write_rows(path):
    draw = random.Random(7)
    rows = [[draw.uniform(0, 16) for _ in range(64)] for _ in range(20)]
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([f"pixel{i}" for i in range(64)])
        writer.writerows(rows)
    return " ".join(str(number) for row in rows for number in row)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--prefix", "--examples", "--work"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    for name in ("--generator", "--cxx", "--cxx-flags"):
        parser.add_argument(name, required=True)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)

    built = build_with_cmake(args)
    model = args.work / "digits.safetensors"
    print(run(built / "train_digits", model).splitlines()[-2])
    print(run(built / "check_gradients"), end="")

    numbers = write_rows(args.work / "rows.csv")
    lines = run(args.prefix / "bin" / "gradus", "predict", model, args.work / "rows.csv").splitlines()[1:]
    expected = [(line.split(",")[0], [float(text) for text in line.split(",")[1:]]) for line in lines]
    programs = [(built / "predict", None), (built / "predict_c", None), build_with_pkg_config(args)]
    for program, environment in programs:
        lines = run(program, model, input=numbers, env=environment).splitlines()
        found = [(line.split()[0], [float(text) for text in line.split()[1:]]) for line in lines]
        if found != expected:
            sys.exit(f"{program.name} and `gradus predict` differ:\n{found[:1]}\n{expected[:1]}")
        print(f"{program.name}: the bits of `gradus predict` for {len(found)} rows")


if __name__ == "__main__":
    main()
