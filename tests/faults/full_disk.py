#!/usr/bin/env python3
"""Commands on a disk that is full: a file system in memory, mounted for the test alone, with room for 0, 1, 2, ... more pages.

The same must hold as in faults.py. Skipped (exit 77) where a user may not mount in a name space of their own."""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from cases import CASES, Expectation, make_folder
from injection import Injector

PAGE = 4096
MOST_PAGES = 400
CHOSEN = ("train", "train --out", "predict", "convert npz", "convert onnx", "convert c", "study", "report", "runs export")
MAY_MOUNT = ("unshare", "--map-root-user", "--mount")


def may_mount():
    trial = 'mount -t tmpfs none "$0"'
    with tempfile.TemporaryDirectory() as place:
        return subprocess.run([*MAY_MOUNT, "sh", "-c", trial, place], capture_output=True, check=False).returncode == 0


def used_pages(folder):
    status = os.statvfs(folder)
    return status.f_blocks - status.f_bfree


def complaints(ended, expectation, folder):
    yield from expectation.complaints(ended, folder)
    if ended.status == 3 and "no space left" not in ended.err.lower():
        yield "the reason is not told"


def try_rooms(injector, base, name, place, stride):
    """Ever more room until the command succeeds; (tries, complaints)."""
    with tempfile.TemporaryDirectory() as apart:
        expectation = Expectation(injector, name, base, pathlib.Path(apart))
    wrong = 0
    for tries, pages in enumerate(range(0, MOST_PAGES, stride), 1):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={64 << 20}", "none", place], check=True)
        try:
            folder = place / "work"
            shutil.copytree(base, folder)
            size = (used_pages(place) + pages) * PAGE
            subprocess.run(["mount", "-o", f"remount,size={size}", place], check=True)
            ended = injector.run(folder, expectation.case.words)
            # Looking at the store takes room, too.
            subprocess.run(["mount", "-o", f"remount,size={64 << 20}", place], check=True)
            for complaint in complaints(ended, expectation, folder):
                wrong += 1
                print(f"{name}, room for {pages} pages: {complaint}\n  exit {ended.status}\n  {ended.err.strip()}", flush=True)
        finally:
            subprocess.run(["umount", place], check=True)
        if ended.status == 0:
            return tries, wrong
    print(f"{name}: room for {MOST_PAGES} pages is not enough\n  {ended.err.strip()}")
    return tries, wrong + 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the gradus to test")
    parser.add_argument("--shim", required=True, help="fault_shim.so")
    parser.add_argument("--all", action="store_true", help="every number of pages instead of every ninth")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.inside:
        if not may_mount():
            print("skipped: nothing may be mounted here, not even in a name space of one's own")
            return 77
        return subprocess.run([*MAY_MOUNT, sys.executable, *sys.argv, "--inside"], check=False).returncode
    injector = Injector(options.program, options.shim)
    failed = 0
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryDirectory() as other:
        make_folder(injector, pathlib.Path(place))
        for name in CHOSEN:
            tries, wrong = try_rooms(injector, pathlib.Path(place), name, pathlib.Path(other), 1 if options.all else 9)
            print(f"{name}: {tries} sizes of the disk; {wrong} complaints", flush=True)
            failed += wrong
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
