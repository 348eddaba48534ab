#!/usr/bin/env python3
"""Opens the pages that gradus writes in headless Chromium and fails where the browser's console says anything.

Exit status 77 where no Chromium is installed.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT_SECONDS = 120

STUDY = """
title = "Width & depth"
question = "Do wider layers classify digits better?"
replicates = 2
[base]
data = "digits"
epochs = 3
layers_every = 40
[vary]
hidden = [4, 16]
[[plot]]
kind = "curves"
metric = "validation_loss"
[[plot]]
kind = "bars"
metric = "test_accuracy"
[[plot]]
kind = "heat_map"
metric = "test_accuracy"
[[plot]]
kind = "parallel"
metric = "test_accuracy"
[[plot]]
kind = "layers"
metric = "gradients_norm(layer 1)"
[[plot]]
kind = "confusion"
[[plot]]
kind = "weights"
[[claim]]
says = 'val_accuracy("16") > val_accuracy("4")'
"""


def visit(browser, page, folder):
    """The page as the browser understood it, and the lines of its console."""
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile", "--enable-logging=stderr",
               "--v=0", "--dump-dom", page.resolve().as_uri()]
    run = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=True)
    return run.stdout, [line for line in run.stderr.splitlines() if "CONSOLE" in line]


def check_browser(browser, folder):
    """A page that is forbidden what it loads must be told of: else silence means nothing."""
    page = folder / "faulty.html"
    page.write_text("<!DOCTYPE html><meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\"><script>x</script>")
    if not visit(browser, page, folder)[1]:
        sys.exit(f"{browser} does not report the faults of a faulty page; this test would prove nothing")


def write_pages(program, folder):
    """Every kind of page, of classifications and of a regression."""
    (folder / "width.toml").write_text(STUDY)
    rows = "".join(f"{i % 17},{i % 5},{2 * (i % 17) - i % 5 + 0.1 * (i % 3)}\n" for i in range(200))
    (folder / "line.csv").write_text("a,b,y\n" + rows)
    for arguments in (["study", "width.toml", "--quiet"], ["report", "1", "--out", "run.html"], ["report", "1", "2", "--out", "runs.html"],
                      ["train", "line.csv", "--target", "y", "--epochs", "3", "--quiet"], ["report", "5", "--out", "regression.html"]):
        subprocess.run([program, *arguments], cwd=folder, stdout=subprocess.DEVNULL, timeout=TIMEOUT_SECONDS, check=True)
    return [folder / "runs" / "width.html", folder / "run.html", folder / "runs.html", folder / "regression.html"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True, help="the gradus to test")
    program = parser.parse_args().program.resolve()
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("skipped: none of", ", ".join(BROWSERS), "is installed")
        return 77
    failed = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        check_browser(browser, folder)
        for page in write_pages(program, folder):
            document, console = visit(browser, page, folder)
            whole = "<h1" in document and "</html>" in document
            print(f"{page.name}: {len(document)} characters, {document.count('<svg')} pictures, {len(console)} lines in the console")
            print(*console, sep="\n", end="")
            failed += bool(console) or not whole
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
