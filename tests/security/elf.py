#!/usr/bin/env python3
"""What the flags of cmake/GradusHardening.cmake left in a program or library, read with readelf.

    elf.py [--program FILE]... [--library FILE]... [--no-folder FOLDER]... [--without LIBRARY]...

--without: libraries that the first program must not load when it starts: others of the build bring them when they are asked for.
"""
import argparse
import pathlib
import re
import subprocess
import sys


def readelf(flags, file):
    return subprocess.run(["readelf", "--wide", *flags, file], capture_output=True, text=True, check=True).stdout


def problems(file, is_program, folders):
    """What is missing in `file`, a line each."""
    header = readelf(["--file-header"], file)
    segments = readelf(["--program-headers"], file)
    dynamic = readelf(["--dynamic"], file)
    symbols = readelf(["--dyn-syms"], file)
    if is_program and not re.search(r"Type:\s+DYN", header):
        yield "it is loaded at a fixed address (no -pie)"
    if "GNU_RELRO" not in segments:
        yield "its tables stay writable (no -z relro)"
    if not re.search(r"BIND_NOW|FLAGS_1\).*NOW", dynamic):
        yield "its tables are filled at first use and stay writable until then (no -z now)"
    stack = re.search(r"GNU_STACK\s+(?:0x\w+\s+){5}(\S+)", segments)
    if not stack or "E" in stack[1]:
        yield "its stack may be executed"
    for name, flags in re.findall(r"^\s+(LOAD)\s+(?:0x\w+\s+){5}([RWE ]+?)\s+0x", segments, re.M):
        if "W" in flags and "E" in flags:
            yield f"a {name} segment may be written and executed"
    for tag in ("RPATH", "RUNPATH", "TEXTREL"):
        if f"({tag})" in dynamic:
            yield f"it has a {tag}"
    for symbol, flag in (("__stack_chk_fail", "-fstack-protector-strong"), (r"__\w+_chk\b", "-D_FORTIFY_SOURCE"),
                         ("__glibcxx_assert_fail", "-D_GLIBCXX_ASSERTIONS")):
        if not re.search(symbol, symbols):
            yield f"it never calls {symbol} ({flag})"
    content = pathlib.Path(file).read_bytes()
    for folder in folders:
        if folder.encode() in content:
            yield f"it names the folder {folder}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for flag in ("--program", "--library", "--no-folder", "--without"):
        parser.add_argument(flag, action="append", default=[])
    options = parser.parse_args()
    found = [f"{file}: {problem}" for file in options.program + options.library
             for problem in problems(file, file in options.program, options.no_folder)]
    needed = readelf(["--dynamic"], options.program[0])
    found += [f"{options.program[0]}: it loads {library} at its start" for library in options.without if library in needed]
    print("\n".join(found) or f"{len(options.program + options.library)} files as they should be")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
