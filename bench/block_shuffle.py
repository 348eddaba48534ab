#!/usr/bin/env python3
"""What a block shuffle costs in accuracy: MNIST, sorted by its digits, with a window of a tenth of the training data and
without one.

    bench/block_shuffle.py --program build/gradus --data $GRADUS_DATA/mnist [--seeds 5]

The worst case for blocks: neighbours in the file are pictures of the same digit. Printed are the test accuracies, and the
mean difference, paired by seed, with its 95 % interval by Student's t."""

import argparse
import array
import gzip
import json
import math
import pathlib
import struct
import subprocess
import sys
import tempfile

T_975 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 7: 2.365, 9: 2.262, 19: 2.093}  # by degrees of freedom


def idx(path):
    content = gzip.open(path).read()
    return content[4 + 4 * content[3]:]


def npy(path, descr, shape, data):
    header = repr({"descr": descr, "fortran_order": False, "shape": shape})
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data)


def sorted_folder(data, part, folder):
    """The pictures of a part as float32, those of 0 first."""
    pixels = idx(data / f"{part}-images-idx3-ubyte.gz")
    labels = idx(data / f"{part}-labels-idx1-ubyte.gz")
    order = sorted(range(len(labels)), key=lambda i: labels[i])
    values = array.array("f")
    for i in order:
        values.extend(pixels[i * 784:(i + 1) * 784])
    folder.mkdir()
    npy(folder / "X.npy", "<f4", (len(order), 28, 28), values.tobytes())
    npy(folder / "y.npy", "<i8", (len(order),), array.array("q", (labels[i] for i in order)).tobytes())
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/gradus")
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", default="5")
    parser.add_argument("--window", default="18816kB", help="a tenth of the training data")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        train = sorted_folder(options.data, "train", place / "train")
        test = sorted_folder(options.data, "t10k", place / "test")

        def accuracy(seed, *flags):
            command = [options.program, "train", str(train), "--test", str(test), "--validation", "0", "--hidden", "64",
                       "--epochs", options.epochs, "--seed", str(seed), "--standardize", "divide", "--json", "--runs",
                       str(place / "runs"), *flags]
            end = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1])
            return end["test"]["accuracy"], end["seconds"]

        differences = []
        print("seed  full shuffle        block shuffle", flush=True)
        for seed in range(options.seeds):
            full, full_seconds = accuracy(seed)
            block, block_seconds = accuracy(seed, "--memory", options.window)
            differences.append(block - full)
            print(f"{seed:4}  {full:.4f} ({full_seconds:.1f} s)     {block:.4f} ({block_seconds:.1f} s)", flush=True)
    n = len(differences)
    mean = sum(differences) / n
    if n < 2 or n - 1 not in T_975:
        print(f"mean difference {mean:+.4f}")
        return 0
    deviation = math.sqrt(sum((d - mean) ** 2 for d in differences) / (n - 1))
    half = T_975[n - 1] * deviation / math.sqrt(n)
    print(f"block minus full: {mean:+.4f}, 95 % interval {mean - half:+.4f} to {mean + half:+.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
