#!/usr/bin/env python3
"""Runs the commands in text files and in the console blocks of Markdown pages, and compares what they print.

    $ gradus train nosuch
    2> gradus: {}unknown{}
    exit 2

A command begins with "$ ", goes on in lines that begin with "> ", and is run by sh in a fresh folder per file, with the program
first on PATH. The lines behind it are
its standard output; those that begin with "2> " its standard error (not looked at where there is none of them); "exit N" its exit
status (0 where there is none). {} stands for any text within a line, a line of ... for any lines. # begins a comment.
In Markdown the fenced blocks marked "console" are run; `make` commands are left to the build.
A file whose first line is "needs NAME" is skipped where $GRADUS_DATA has no such file or folder.
"""
import argparse
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

TIMEOUT_SECONDS = 240


def blocks(path):
    """The text to run: all of a .test file, the console blocks of a page."""
    text = path.read_text()
    if path.suffix != ".md":
        return [text]
    return re.findall(r"^```console\n(.*?)^```", text, re.M | re.S)


def cases(text):
    """(line number, command, standard output, standard error or None, exit status) for each command."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("$ "):
            found.append([number, line[2:], [], None, 0])
        elif found and line.startswith("> ") and not any(found[-1][2:]):
            found[-1][1] += "\n" + line[2:]
        elif not found or line.startswith("#") or line.startswith("needs "):
            continue
        elif line.startswith("2> "):
            found[-1][3] = (found[-1][3] or []) + [line[3:]]
        elif re.fullmatch(r"exit \d+", line):
            found[-1][4] = int(line[5:])
        else:
            found[-1][2].append(line)
    for case in found:  # blank lines between cases belong to nobody
        while case[2] and not case[2][-1].strip():
            case[2].pop()
    return found


def pattern(lines):
    """A regular expression for the expected lines."""
    parts = []
    for line in lines:
        if line == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(re.escape(line.rstrip()).replace(r"\{\}", ".*") + r"[ ]*\n")
    return "".join(parts)


def matches(expected, actual):
    actual = "\n".join(line.rstrip() for line in actual.splitlines()).rstrip("\n")
    actual = actual + "\n" if actual else ""
    return re.fullmatch(pattern(expected) + r"\n*", actual) is not None


def environment(program):
    env = dict(os.environ, PATH=f"{program.parent}{os.pathsep}{os.environ['PATH']}", LC_ALL="C.UTF-8", NO_COLOR="1")
    env.pop("GRADUS_KERNELS", None)
    return env


def failures(path, program):
    env = environment(program)
    with tempfile.TemporaryDirectory() as folder:
        if path.suffix == ".md":  # pages are read in the checkout: studies/... is there
            os.symlink(path.resolve().parents[1 if path.parent.name == "docs" else 0] / "studies", f"{folder}/studies")
        for text in blocks(path):
            for number, command, out, err, status in cases(text):
                if command.startswith(("make", "git ")):
                    continue
                run = subprocess.run(["sh", "-c", command], cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                                     text=True, timeout=TIMEOUT_SECONDS, check=False)
                problems = []
                if run.returncode != status:
                    problems.append(f"exit status {run.returncode}, expected {status}")
                for name, expected, actual in (("output", out, run.stdout), ("error", err, run.stderr)):
                    if expected is not None and not matches(expected, actual):
                        diff = difflib.unified_diff(expected, actual.splitlines(), "expected", "actual", lineterm="", n=1)
                        problems.append(f"standard {name} differs:\n" + "\n".join(diff))
                if problems:
                    yield f"{path}:{number}: $ {command}\n" + "\n".join(problems) + f"\n[stderr] {run.stderr[-1500:]}"


def missing_need(path):
    """What the file needs and this machine has not, or an empty text."""
    first = path.read_text().split("\n", 1)[0]
    if not first.startswith("needs "):
        return ""
    need = first[6:].strip()
    return "" if (pathlib.Path(os.environ.get("GRADUS_DATA", "/nonexistent")) / need).exists() else need


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True, help="the gradus to test")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    program = options.program.resolve()
    failed = run = skipped = 0
    for path in options.files:
        if need := missing_need(path):
            print(f"{path}: skipped, $GRADUS_DATA has no {need}")
            skipped += 1
            continue
        run += sum(len(cases(text)) for text in blocks(path))
        for failure in failures(path, program):
            failed += 1
            print(failure, "\n", sep="")
    print(f"{run - failed} passed, {failed} failed, {skipped} skipped")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
