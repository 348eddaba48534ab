"""Writes gradus/core/random_tables.h: the three tables of NumPy's ziggurat for normal draws, bit for bit.

The tables cannot be recomputed: NumPy's entries carry the rounding errors of the arithmetic that once made them (the
recurrence in exact arithmetic differs in the last digits of most). They are read from NumPy's compiled library, where
each is found by its first entries.

    python3 tools/make_ziggurat_tables.py | clang-format > gradus/core/random_tables.h
"""
import pathlib
import struct

import numpy

HEAD = """// The steps of NumPy's ziggurat for normal draws: facts of its streams, written by tools/make_ziggurat_tables.py.
#pragma once

#include <array>
#include <cstdint>

namespace gradus {

inline constexpr double kZigguratR = 3.6541528853610087963519472518;  // where the tail begins
inline constexpr double kZigguratInverseR = 0.27366123732975827203338247596;
"""


def find_table(library, first_entries, code):
    """256 entries of the struct type `code` that begin with `first_entries`."""
    start = library.find(struct.pack(f"<{len(first_entries)}{code}", *first_entries))
    if start < 0:
        raise SystemExit(f"no table in NumPy {numpy.__version__} begins with {first_entries}")
    return struct.unpack_from(f"<256{code}", library, start)


def write_table(comment, kind, name, entries):
    print(f"\n// {comment}\ninline constexpr std::array<{kind}, 256> {name} = {{")
    for i in range(0, 256, 4):
        print("    " + ", ".join(entries[i : i + 4]) + ("," if i < 252 else "};"))


def main():
    libraries = pathlib.Path(numpy.__file__).parent.glob("random/_bounded_integers*.so")
    library = next(libraries).read_bytes()
    inside = find_table(library, (0xEF33D8025EF6A, 0), "Q")
    width = find_table(library, (8.68362706080130616677e-16,), "d")
    height = find_table(library, (1.0, 9.77101701267671596263e-01), "d")

    print(HEAD, end="")
    write_table("Places below this lie inside the step above: accepted at once.", "std::uint64_t", "kZigguratInside",
                [f"0x{k:013x}" for k in inside])
    write_table("Width of a step over 2^52.", "double", "kZigguratWidth", [w.hex() for w in width])
    write_table("exp(-x^2 / 2) at the end of a step.", "double", "kZigguratHeight", [h.hex() for h in height])
    print("\n}  // namespace gradus")


if __name__ == "__main__":
    main()
