#!/usr/bin/env python3
"""Names out of files that steer terminals, pages and spreadsheets: column names, classes, the name, tags and note of a run, a
study's title. Every command that shows them is run into a pipe and on a terminal; what it prints and writes is looked at.

    hostile_text.py --program build/gradus
"""
import argparse
import csv
import html.parser
import os
import pathlib
import pty
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

# A title that is set, a screen that is erased, hidden text, the one-byte CSI, text that runs from right to left, a bell.
STEERING = "\x1b]0;owned\x07\x1b[2J\x1b[8mhidden\x9b31m\u202e\x7f"
MARKUP = "</title><script>alert(1)</script><img src=x onerror=alert(2)>&\"'"
FORMULA = "=HYPERLINK(1)"
HOSTILE = FORMULA + STEERING + MARKUP
# What gradus itself sends a terminal: colours, and the progress bar's erasing of its line.
OWN = re.compile("\x1b\\[(?:0|[34]8;5;\\d+)m|\x1b\\[A|\r\x1b\\[K")
STEERS = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
found = []


def check(right, what):
    if not right:
        found.append(what)


def environment(program):
    return dict(os.environ, PATH=f"{program.parent}{os.pathsep}{os.environ['PATH']}", LC_ALL="C.UTF-8", TERM="xterm-256color")


def into_a_pipe(command, folder, env):
    done = subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode("utf-8")


def on_a_terminal(command, folder, env):
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        output = b""
        while True:
            try:
                piece = os.read(ours, 1 << 16)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            output += piece
    os.close(ours)
    return process.returncode, output.replace(b"\r\n", b"\n").decode("utf-8")


def show(command, folder, env, status=0):
    """Runs a command both ways; what it prints must not steer."""
    for way in (into_a_pipe, on_a_terminal):
        code, output = way(command, folder, env)
        name = f"{' '.join(command[:3])!r} {way.__name__}"
        check(code == status, f"{name}: exit status {code}, expected {status}: {output[-500:]!r}")
        steering = STEERS.search(OWN.sub("", output) if way is on_a_terminal else output)
        if steering:
            at = max(0, steering.start() - 40)
            check(False, f"{name}: prints {steering[0]!r} in {output[at:at + 100]!r}")


class Page(html.parser.HTMLParser):
    """Elements that run something, and attributes that do."""

    def __init__(self):
        super().__init__()
        self.problems = []
        self.text = ""

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "img", "iframe", "object", "embed", "link", "base"):
            self.problems.append(f"<{tag}>")
        self.problems += [f"{tag} {name}" for name, value in attributes
                          if name.startswith("on") or (value or "").lower().lstrip().startswith(("javascript:", "data:text"))]

    def handle_data(self, data):
        self.text += data


def check_page(path):
    page = Page()
    page.feed(path.read_text())
    check(not page.problems, f"{path.name}: holds {page.problems[:5]}")
    check("alert(1)" in page.text, f"{path.name}: does not show the name as text")


def check_pictures(folder):
    pictures = list(folder.rglob("*.svg"))
    check(pictures, "there are no pictures")
    for path in pictures:
        for element in xml.etree.ElementTree.parse(path).iter():
            tag = element.tag.rpartition("}")[2]
            check(tag not in ("script", "img", "foreignObject", "a", "use", "image"), f"{path}: has <{tag}>")
            check(not any(name.startswith("on") for name in element.attrib), f"{path}: <{tag}> runs something")


def check_tables(folder):
    for path in folder.glob("*.csv"):
        with path.open(newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    number = re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?|-?inf|-?nan", cell)
                    check(number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), f"{path.name}: a formula: {cell!r}")


def make_table(path):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b" + HOSTILE, "class" + HOSTILE])
        for row in range(60):
            writer.writerow([row, row % 7, ("-1" if row % 2 else HOSTILE)])


def make_study(path):
    title = HOSTILE.replace("\\", "").replace('"', "")
    escaped = "".join(c if 0x20 <= ord(c) < 0x7f else f"\\u{ord(c):04x}" for c in title)
    path.write_text(f'title = "{escaped}"\nreplicates = 2\n[base]\ndata = "xor"\nepochs = 2\n[vary]\nhidden = [2, 3]\n')


def run(folder, env):
    target = "class" + HOSTILE
    make_table(folder / "table.csv")
    make_study(folder / "study.toml")
    train = ["gradus", "train", "table.csv", "--target", target, "--epochs", "2", "--hidden", "3", "--threads", "1"]
    model = "runs/1/model.safetensors"
    show(train + ["--name", HOSTILE, "--tag", HOSTILE.replace(",", ""), "--note", HOSTILE], folder, env)
    show(["gradus", "data", "info", "table.csv", "--target", target], folder, env)
    for command in (["info"], ["verify"]):
        show(["gradus", "model", *command, model], folder, env)
    show(["gradus", "evaluate", model, "table.csv"], folder, env)
    for command in (["list"], ["show", "1"], ["compare", "1", "2"], ["tag", "1", HOSTILE], ["reproduce", "1"],
                    ["export", "1", "2", "--to", "csv", "--out", "exported"], ["list", "--filter", HOSTILE]):
        show(["gradus", "runs", *command], folder, env, 2 if "--filter" in command else 0)
    show(["gradus", "study", "study.toml"], folder, env)
    show(["gradus", "report", "1", "2", "--out", "report.html"], folder, env)
    # Mistakes quote what was typed.
    for command in (["train", HOSTILE + ".csv"], ["train", "digits", "--optimizer", HOSTILE], [HOSTILE], ["train", "--" + HOSTILE],
                    ["model", "info", HOSTILE], ["study", HOSTILE + ".toml"], ["train", "table.csv", "--target", HOSTILE],
                    ["lab", "--" + HOSTILE], ["serve", HOSTILE]):
        expected = 3 if command[-1].endswith((".csv", ".toml")) else 2
        show(["gradus", *command], folder, env, expected)
    check_page(folder / "report.html")
    for path in (folder / "runs").rglob("*.html"):
        check_page(path)
    check_pictures(folder)
    check_tables(folder / "exported")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(pathlib.Path(folder), environment(options.program.resolve()))
    print("\n".join(found) or "names are shown as text everywhere")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
