#!/usr/bin/env python3
"""Holds C source against `gradus predict`.

Each network is trained briefly on the digits or on a table with columns far from zero, truth values and words; converted to C in
float or double, int8 and fixed point; compiled as C99 with every warning an error and the address and undefined-behaviour sanitizers on, by
each C compiler in turn; networks drawn at random, in float or double alone; its self-test and then all rows are run, and rows of
extreme numbers. Float and double must agree with `gradus predict` within 1e-6 and 1e-8, of a regression's largest
prediction, int8 and fixed point within their bounds here. A C++ compiler must take the header too.
Exit status: 0 all agree, 1 some do not, 77 no C compiler on this machine.
"""
import argparse
import array
import concurrent.futures
import csv
import gzip
import io
import json
import math
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

DIGITS = pathlib.Path(__file__).parents[2] / "data" / "digits.csv.gz"
WARNINGS = ["-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Werror"]
SANITIZERS = ["-g1", "-fsanitize=address,undefined,float-cast-overflow", "-fno-sanitize-recover=all"]
BOUNDS = {"float": 1e-6, "double": 1e-8, "int8": 0.25, "fixed": 0.02}  # of a probability; of a regression's largest prediction
ROWS = 300
NETWORKS = [  # where the rows come from, the flags of the network
    ("digits", "--hidden 24 --activation relu"),
    ("digits", "--hidden 20,12 --activation gelu --normalization batch"),
    ("digits", "--hidden 16 --activation tanh --dropout 0.2 --standardize feature"),
    ("digits", "--hidden none --bias ones_column --standardize minmax"),
    ("digits", "--hidden 16,8,8 --activation silu --loss negative_log_likelihood"),
    ("digits", "--hidden 12 --activation elu --normalization layer"),
    ("binary", "--hidden 16 --activation lecun_tanh --loss binary_cross_entropy"),
    ("binary", "--hidden 9,5 --activation leaky_relu --loss binary_cross_entropy_probability --precision double"),
    ("words", "--hidden 14 --activation softplus"),
    ("value", "--hidden 16 --activation sigmoid"),
    ("value", "--hidden 12,12 --activation relu --normalization batch"),
    ("value", "--hidden none --standardize none"),
    ("value", "--hidden 8 --activation tanh --loss poisson"),
    ("digits", "--hidden 2,2 --activation gelu --normalization layer --precision double"),
    ("value", "--hidden 5,2 --activation relu --normalization layer --precision double"),
]
WRITTEN = len(NETWORKS)
ACTIVATIONS = ["identity", "sigmoid", "tanh", "lecun_tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus"]


def random_network(number):
    """Each activation, normalization and scaling comes up in turn."""
    rng = random.Random(1000 + number)
    kind = ["digits", "words", "value", "binary"][number % 4]
    normalization = ["none", "batch", "layer"][number % 3]
    fewest = 3 if normalization == "layer" else 1  # two units that are nearly equal make hundreds of a last bit of exp
    hidden = ",".join(str(rng.randint(fewest, 40)) for _ in range(rng.randint(1, 4)))
    losses = {"digits": ["auto", "negative_log_likelihood"], "words": ["auto"], "value": ["mean_squared_error", "mean_absolute_error", "huber"],
              "binary": ["auto", "binary_cross_entropy", "binary_cross_entropy_probability"]}[kind]
    return kind, (f"--hidden {hidden} --activation {ACTIVATIONS[number % 10]} --normalization {normalization} --loss {rng.choice(losses)} "
                  f"--standardize {['feature', 'global', 'minmax'][number // 3 % 3]} --dropout {rng.choice(['0', '0.2'])} "
                  f"--precision {'double' if number % 5 == 4 else 'float'}")


MAIN = r"""
#define NET_SELF_TEST
#define main self_test
#include "net.h"
#undef main
#ifdef NET_OUTPUT_BITS
#define RAW int32_t
#else
#define RAW OUTPUT
#endif
#ifndef NET_CLASSES
#define NET_CLASSES 1
#define PREDICT(memory, inputs, made) made[0] = net_predict(memory, inputs)
#else
#define PREDICT(memory, inputs, made) if (made[net_predict(memory, inputs, made)] < made[0]) return 1
#endif
int main(void) {
  static net_memory memory;
  RAW inputs[NET_INPUTS];
  OUTPUT made[NET_CLASSES];
  if (self_test() != 0) return 1;
  while (fread(inputs, sizeof inputs, 1, stdin) == 1) {
    PREDICT(&memory, inputs, made);
    for (int i = 0; i < NET_CLASSES; ++i) printf("%.17g ", (double)made[i]);
    printf("\n");
  }
  return 0;
}
"""


def table(rng, kind):
    """Header and rows: the target of the given kind stands last."""
    rows = []
    for _ in range(ROWS):
        numbers = [rng.gauss(0, 1), rng.gauss(37.5, 0.1), rng.gauss(-2000, 300), rng.random()]
        words = [rng.choice(["True", "False"]), rng.choice(["red", "green", "blue"])]
        score = numbers[0] + (words[1] == "red") + rng.gauss(0, 0.1)
        target = {"binary": "yes" if score > 0 else "no", "words": ["ant", "*/ \"bee", "cat, big"][min(2, max(0, int(score + 1)))],
                  "value": f"{1000 + 50 * score}"}[kind]
        rows.append([f"{array.array('f', [x])[0]:.9g}" for x in numbers] + words + [target])
    return ["a", "b", "c", "d", "flag", "colour", "y"], rows


def value_of(feature, header, row):
    column, _, word = feature.partition("=")
    text = row[header.index(column)]
    if word:
        return float(text == word)
    return {"True": 1.0, "False": 0.0}[text] if column == "flag" else float(text)


class Network:
    def __init__(self, program, folder, number):
        self.program, self.folder, self.number = program, folder, number
        self.kind, flags = NETWORKS[number]
        self.double = "double" in flags
        task = []
        self.data = "digits"
        if self.kind != "digits":
            header, rows = table(random.Random(number), self.kind)
            with open(folder / "data.csv", "w", newline="") as file:
                csv.writer(file).writerows([header, *rows])
            self.data = "data.csv"
            task = ["--target", "y", "--task", "regression" if self.kind == "value" else "classification"]
        self.gradus("train", self.data, *task, *flags.split(), "--epochs", "4", "--seed", str(number), "--quiet", "--out", "model.safetensors")
        features = json.loads(self.gradus("model", "info", "model.safetensors", "--json"))["features"]
        features = [name for name in features if name != "ones"]
        if self.kind == "digits":
            header, rows = [f"pixel{i}" for i in range(64)], csv.reader(gzip.open(DIGITS, "rt"))
        self.inputs = [[value_of(name, header, row) for name in features] for row in rows]
        predicted = list(csv.reader(io.StringIO(self.gradus("predict", "model.safetensors", self.data))))[1:]
        self.expected = [[float(x) for x in (row if self.kind == "value" else row[1:])] for row in predicted]

    def gradus(self, *words):
        return run([self.program, *words], self.folder)

    def problems(self, numbers, compiler):
        if self.number >= WRITTEN and numbers in ("int8", "fixed"):
            return  # how far these are off depends on the network
        if numbers == "fixed" and {"layer", "poisson"} & set(NETWORKS[self.number][1].split()):
            return  # no fixed point for these
        if numbers == ("float" if self.double else "double"):
            return
        calibrate = [] if numbers in ("float", "double") or self.kind == "digits" else ["--calibrate", self.data]
        place = self.folder / f"{numbers}"
        place.mkdir()
        self.gradus("model", "convert", "model.safetensors", f"{numbers}/net.h", "--numbers", numbers, *calibrate)
        (place / "main.c").write_text(MAIN)
        header = (place / "net.h").read_text()
        bits = dict(re.findall(r"#define NET_(INPUT|OUTPUT)_BITS (-?\d+)", header))
        output = numbers if numbers == "double" else "float" if not bits else "int32_t" if self.kind == "value" else "int16_t"
        run([compiler, "-std=c99", "-O1", *WARNINGS, *SANITIZERS, f"-DOUTPUT={output}", "main.c", "-lm", "-o", "main"], place)
        made = run([place / "main"], place, self.raw(int(bits["INPUT"]) if bits else None, numbers)).splitlines()
        if made[0] != "net: ok, 3 golden rows":
            yield f"self-test: {made[0]}"
        run([place / "main"], place, self.extremes("i" if bits else "d" if numbers == "double" else "f"))
        unit = 2.0 ** -int(bits["OUTPUT"]) if bits else 1.0
        values = [[float(x) * unit for x in line.split()] for line in made[1:]]
        yield from self.differences(values, BOUNDS[numbers])

    def raw(self, bits, numbers):
        """The rows as bytes: floats, doubles, or whole numbers with so many fraction bits."""
        flat = [x for row in self.inputs for x in row]
        return (array.array("d" if numbers == "double" else "f", flat) if bits is None else array.array("i", [math.floor(x * 2.0 ** bits + 0.5) for x in flat])).tobytes()

    def extremes(self, code):
        """Rows of the largest and smallest numbers there are: only the sanitizers judge what comes of them."""
        numbers = [0, 2**31 - 1, -2**31] if code == "i" else [0.0, 3e38, -3e38, math.inf, math.nan]
        return b"".join(array.array(code, [one] * len(self.inputs[0])).tobytes() for one in numbers)

    def differences(self, values, bound):
        if len(values) != len(self.expected):
            yield f"{len(values)} rows; expected {len(self.expected)}"
            return
        largest = max(abs(x) for row in self.expected for x in row) if self.kind == "value" else 1.0
        off = max((abs(a - e), r) for r, (made, row) in enumerate(zip(values, self.expected)) for a, e in zip(made, row, strict=True))
        if not off[0] <= bound * largest:
            yield f"row {off[1]} is off by {off[0]:.3g} of {largest:.3g}"


def run(words, folder, data=None):
    done = subprocess.run(words, cwd=folder, input=data, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}: {done.stdout.decode()[-300:]}{done.stderr.decode()[-2000:]}")
    return done.stdout.decode()


def two_files(program, compilers):
    """net.c with net.h beside it, by another name and in C++ too."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run([program, "train", "digits", "--hidden", "8", "--epochs", "1", "--quiet", "--out", "model.safetensors"], folder)
        for numbers in ("float", "int8", "fixed"):
            run([program, "model", "convert", "model.safetensors", "net.c", "--name", "my_net", "--numbers", numbers], folder)
            for compiler in compilers:
                for language in (["-std=c99"], ["-x", "c++", "-std=c++17"]):
                    run([compiler, *language, *WARNINGS, "-DMY_NET_SELF_TEST", "net.c", "-lm", "-o", "test"], folder)
                    said = run([folder / "test"], folder)
                    if said != "my_net: ok, 3 golden rows\n":
                        yield f"two files, {numbers}, {compiler} {language}: {said}"


def one(program, number, compilers):
    with tempfile.TemporaryDirectory() as name:
        network = Network(program, pathlib.Path(name), number)
        return [f"network {number} ({' '.join(NETWORKS[number])}), {numbers}, {compiler}: {problem}"
                for place, numbers in enumerate(BOUNDS)
                for compiler in [compilers[(number + place) % len(compilers)]]
                for problem in network.problems(numbers, compiler)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True, help="the gradus to test")
    parser.add_argument("--random", type=int, default=12, help="so many networks beside the written ones [12]")
    options = parser.parse_args()
    NETWORKS.extend(random_network(number) for number in range(options.random))
    program = options.program.resolve()
    compilers = [name for name in ("gcc", "clang", "clang-14") if shutil.which(name)]
    if not compilers:
        print("skipped: no C compiler")
        return 77
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = [pool.submit(one, program, number, compilers) for number in range(len(NETWORKS))]
        problems = [problem for task in found for problem in task.result()]
    problems += two_files(program, compilers)
    for problem in problems:
        print(problem)
    print(f"{WRITTEN} networks in 3 kinds of numbers, {options.random} more in float or double, {len(problems)} problems; {', '.join(compilers)}")
    return len(problems) > 0


if __name__ == "__main__":
    sys.exit(main())
