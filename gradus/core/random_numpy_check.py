"""Draws and sums by NumPy for numpy_test.cpp, one file of little-endian numbers each.

    python3 random_numpy_check.py FOLDER
"""
import pathlib
import sys

import numpy as np
from numpy.random import MT19937, PCG64, Generator, RandomState, SeedSequence

folder = pathlib.Path(sys.argv[1])


def save(name, values, kind):
    np.asarray(values, dtype=kind).tofile(folder / name)


# Around each border between the ways of drawing: none, 32 bits, exactly 32 bits, 64 bits.
RANGES = [(0, 1), (0, 2), (-3, 7), (0, 60000), (0, 2**31), (5, 3 * 2**30), (0, 2**32 - 1), (0, 2**32), (0, 2**32 + 1),
          (-(2**40), 2**40), (0, 3 * 2**61), (-(2**63), 2**63 - 1)]
save("ranges", RANGES, "<i8")

pcg = np.random.default_rng(2024)
save("pcg64_normal", pcg.standard_normal(1_000_000), "<f8")
save("pcg64_uniform", pcg.random(10_000), "<f8")
# A 64-bit draw between the integers: the kept half of an earlier one must outlive it.
for low, high in RANGES:
    mixed = [draw for _ in range(500) for draw in (pcg.integers(low, high), pcg.integers(2**53))]
    save(f"pcg64_integers_{low}_{high}", mixed, "<i8")
save("pcg64_permutation", pcg.permutation(70_000), "<u4")

mt = RandomState(2024)
save("mt19937_normal", mt.standard_normal(100_001), "<f8")
save("mt19937_uniform", mt.random_sample(10_000), "<f8")
for low, high in RANGES:
    save(f"mt19937_integers_{low}_{high}", mt.randint(low, high, size=1000), "<i8")
save("mt19937_permutation", mt.permutation(70_000), "<u4")

ENTROPIES = [0, 1, 12345, 2**32, 2**64 - 1]
KEYS = [0, 7, 2**32 - 1]
save("entropies", ENTROPIES, "<u8")
save("keys", KEYS, "<u4")
for entropy in ENTROPIES:
    for key in KEYS:
        sequence = SeedSequence(entropy, spawn_key=(key,))
        save(f"state_{entropy}_{key}", sequence.generate_state(10, np.uint64), "<u8")
        save(f"pcg64_stream_{entropy}_{key}", Generator(PCG64(sequence)).random(1000), "<f8")
        save(f"mt19937_stream_{entropy}_{key}", RandomState(MT19937(sequence)).random_sample(1000), "<f8")

values = pcg.standard_normal(20_000) * 10.0 ** pcg.uniform(-6, 6, 20_000)
save("values", values, "<f8")
save("sums", [np.sum(values[:n]) for n in range(len(values) + 1)], "<f8")
# Converted by NumPy a buffer at a time, as pixels are.
singles = values.astype("<f4")
save("singles", singles, "<f4")
save("sum_of_singles", [np.sum(singles, dtype=np.float64)], "<f8")
