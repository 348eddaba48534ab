#!/usr/bin/env python3
"""Trains as golden.json says and compares the hash of the final weights, for every kernel set that the processor has.

    tests/golden/golden.py [--write] build/gradus
    tests/golden/golden.py qemu-aarch64 -L build-neon/sysroot build-neon/gradus

golden.json holds the numerics version and, by the flags of `gradus train digits`, the weights_sha256. Where all kernel sets agree, --write
puts there what the program gives now; other bits under the same numerics version are refused.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

GOLDEN = pathlib.Path(__file__).with_name("golden.json")
WHAT_TO_DO = f"""
The same bits are a promise (docs/numerics.md). Where the change is meant: raise kNumericsVersion in
gradus/kernels/numerics_version.h, build, and run {pathlib.Path(__file__).name} with --write."""


def last_line(command, folder, **environment):
    """The JSON of the last line that the program prints."""
    done = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def hashes(program, flags, kernel_sets):
    """weights_sha256 by kernel set."""
    found = {}
    for kernels in kernel_sets:
        with tempfile.TemporaryDirectory() as folder:
            command = [*program, "train", "digits", *flags.split(), "--json", "--quiet"]
            found[kernels] = last_line(command, folder, GRADUS_KERNELS=kernels)["weights_sha256"]
    return found


def main():
    words = sys.argv[1:]
    write = words[:1] == ["--write"]
    program = words[write:]
    if not program:
        sys.exit(__doc__)
    sys.stdout.reconfigure(line_buffering=True)
    program[-1] = str(pathlib.Path(program[-1]).resolve())
    about = last_line([*program, "version", "--json"], ".", GRADUS_KERNELS="")
    golden = json.loads(GOLDEN.read_text())
    expected = golden["weights_sha256"]

    agreed = {}
    for flags in expected:
        print("train digits", flags)
        found = hashes(program, flags, about["kernel_sets"])
        for kernels, actual in found.items():
            print(f"  {kernels:10}{actual}")
        if len(set(found.values())) > 1:
            sys.exit("the kernel sets disagree")
        agreed[flags] = found.popitem()[1]
        if agreed[flags] != expected[flags] and not write:
            print(f"  {'expected':10}{expected[flags]}")

    now = {"numerics_version": about["numerics_version"], "weights_sha256": agreed}
    if write:
        if agreed != expected and now["numerics_version"] == golden["numerics_version"]:
            sys.exit(f"not written: other weights, but still numerics version {golden['numerics_version']}{WHAT_TO_DO}")
        GOLDEN.write_text(json.dumps(now, indent=2) + "\n")
    elif now != golden:
        sys.exit(f"expected were the weights above and numerics version {golden['numerics_version']}; "
                 f"the program has version {now['numerics_version']}{WHAT_TO_DO}")


main()
