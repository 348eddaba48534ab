#!/usr/bin/env python3
"""Every call that a command makes for memory, files or threads fails once, one run after the other.

Each time the command ends by itself with exit status 0 or 3; one line that begins with "gradus: " tells the reason and the file;
what it writes is the whole new file, the whole old one or absent; no temporary is left; other files and the store of runs are as
before. A call that does half of what it was asked for, or that a signal interrupts, changes nothing at all.

Without a flag a few calls of each kind are taken, evenly spread; --sites takes all, of those for memory one for each place in the
program (a chain of callers) that no other command has shown; --all takes every one of them, which takes hours.
"""
import argparse
import collections
import concurrent.futures
import errno
import os
import pathlib
import shutil
import struct
import sys
import tempfile

from cases import CASES, Expectation, make_folder
from injection import Fault, Injector

HALF = 0
ERRORS = {  # (errno, whether all later calls fail, too)
    "alloc": ((errno.ENOMEM, False), (errno.ENOMEM, True)),
    "map": ((errno.ENOMEM, True),),
    "open": ((errno.EMFILE, False), (errno.EIO, True), (errno.EINTR, False)),
    "read": ((errno.EIO, False), (HALF, False), (errno.EINTR, False)),
    "write": ((errno.EIO, False), (errno.ENOSPC, True), (HALF, False), (errno.EINTR, False)),
    "stream": ((errno.ENOSPC, False),),
    "sync": ((errno.EIO, False), (errno.EIO, True)),
    "name": ((errno.EIO, False), (errno.ENOSPC, True)),
    "thread": ((errno.EAGAIN, False), (errno.EAGAIN, True)),
}
# Words for a reason besides the system's own.
REASONS = {errno.ENOMEM: ("out of memory", "memory"), errno.ENOSPC: ("no space left",), errno.EIO: ("I/O",)}
FEW = 3  # of each kind and error, without a flag
FEW_FOR_MEMORY = 12


def harmless(fault):
    return fault.error in (HALF, errno.EINTR)


def names(ended, expectation):
    """Whether a message names the file that the failed call was about."""
    file = pathlib.PurePath(ended.subject).name
    if not ended.subject or ended.subject.startswith(("/proc", "/sys", "/etc", "/usr", "/lib", "/dev")):
        return True
    if ended.subject.startswith("pipe:"):
        return "standard output" in ended.err
    if file.startswith(".gradus-"):  # known to nobody; what it was to become is
        folder = pathlib.PurePath(ended.subject).parent.name
        return any(word in ended.err for word in (*expectation.case.writes, f"{folder}/", "model"))
    return file.removesuffix("-wal").removesuffix("-shm").removesuffix("-journal") in ended.err


def complaints(ended, fault, expectation, folder):
    yield from expectation.complaints(ended, folder)
    if ended.status == 3 and harmless(fault):
        yield "it gave up"
    if ended.status == 3 and not harmless(fault):
        reasons = (os.strerror(fault.error), *REASONS.get(fault.error, ()))
        # SQLite tries another way after a refused open, and keeps the reason of that one alone; a page that cannot be read it
        # calls a malformed one.
        kept = not (fault.kind in ("open", "read") and "runs.sqlite" in ended.subject)
        # Where all that follows fails, too, the first that is told may be another file.
        told = fault.stays and "runs.sqlite" in ended.subject or "its folder could not be synced" in ended.err
        if kept and not any(reason.lower() in ended.err.lower() for reason in reasons):
            yield "the reason is not told"
        elif fault.kind not in ("alloc", "thread", "map") and not told and not names(ended, expectation):
            yield f"the file is not told: {ended.subject}"


def spread(numbers, most):
    """At most so many, the first and the last among them."""
    if len(numbers) <= most:
        return numbers
    return [numbers[i * (len(numbers) - 1) // (most - 1)] for i in range(most)]


def new_sites(injector, base, case, seen):
    """The first call for memory from each place that is not in `seen`, which gets it."""
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place) / "work"
        shutil.copytree(base, folder)
        sites = pathlib.Path(place) / "sites"
        injector.run(folder, case.words, Fault("alloc", 0, errno.ENOMEM), case.until, sites=sites)
        data = sites.read_bytes()
    found = []
    for number, (site,) in enumerate(struct.iter_unpack("=Q", data[:len(data) // 8 * 8]), 1):
        if site not in seen:
            seen.add(site)
            found.append(number)
    return found


def faults_of(options, injector, base, name, calls, seen):
    for kind, errors in ERRORS.items():
        if options.kind and kind not in options.kind:
            continue
        numbers = list(range(1, calls[kind] + 1))
        if kind == "alloc" and not options.all:
            numbers = new_sites(injector, base, CASES[name], seen)
        if not options.all and not options.sites:
            numbers = spread(numbers, FEW_FOR_MEMORY if kind == "alloc" else FEW)
        for error, stays in errors:
            for number in numbers:
                yield Fault(kind, number, error, stays)


def try_fault(injector, base, expectation, fault):
    """(whether it was reached, complaints, what the program said)"""
    with tempfile.TemporaryDirectory(prefix="faults") as place:
        folder = pathlib.Path(place) / "work"
        shutil.copytree(base, folder)
        ended = injector.run(folder, expectation.case.words, fault, expectation.case.until)
        return ended, list(complaints(ended, fault, expectation, folder))


def try_case(options, injector, base, name, seen, workers):
    with tempfile.TemporaryDirectory() as place:
        expectation = Expectation(injector, name, base, pathlib.Path(place) / "work")
    faults = list(faults_of(options, injector, base, name, expectation.undisturbed.calls, seen))
    counts = collections.Counter()
    failed = 0
    for fault, (ended, found) in zip(faults, workers.map(lambda f: try_fault(injector, base, expectation, f), faults)):
        counts["not reached" if not ended.struck else "without effect" if ended.status == 0 else "told"] += 1
        if found:
            failed += 1
            print(f"{name}, {fault}: {'; '.join(found)}\n  exit {ended.status}; {ended.subject}\n  {ended.err.strip()}", flush=True)
    calls = ", ".join(f"{count} {kind}" for kind, count in expectation.undisturbed.calls.items() if count)
    print(f"{name}: {calls}; {len(faults)} faults: {', '.join(f'{n} {what}' for what, n in sorted(counts.items()))}; "
          f"{failed} wrong", flush=True)
    return len(faults), failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the gradus to test")
    parser.add_argument("--shim", required=True, help="fault_shim.so")
    parser.add_argument("--all", action="store_true", help="every call")
    parser.add_argument("--sites", action="store_true", help="every call but those for memory: one for each place")
    parser.add_argument("--kind", action="append", choices=ERRORS, help="only these kinds of calls")
    parser.add_argument("--case", action="append", choices=CASES, help="only these commands")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    injector = Injector(options.program, options.shim)
    total = wrong = 0
    seen = set()
    with tempfile.TemporaryDirectory() as place, concurrent.futures.ThreadPoolExecutor(options.jobs) as workers:
        base = pathlib.Path(place)
        make_folder(injector, base)
        for name in options.case or CASES:
            tried, failed = try_case(options, injector, base, name, seen, workers)
            total += tried
            wrong += failed
    print(f"{total} faults, {wrong} wrong")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
