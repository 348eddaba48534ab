#!/usr/bin/env python3
"""Writes the corpus of the fuzz targets: sound files, and files damaged in every way that readers of these formats are known to
have fallen for. Always the same bytes for the same program, checkpoints apart.

    make_corpus.py --program build/gradus FOLDER

FOLDER gets a folder for each target and expected.tsv: target, file, error code ("ok" where it is read), words of the message."""
import argparse
import pathlib
import shutil
import tempfile

from corpus import arrays, checkpoints, containers, models, onnx_files, requests, stores, tables, texts
from corpus.cases import Corpus


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True, help="the gradus that makes the sound models and stores")
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    corpus = Corpus()
    with tempfile.TemporaryDirectory() as work:
        sound = models.train(options.program.resolve(), pathlib.Path(work))
        for part in (arrays, containers, tables, texts, requests):
            part.add(corpus)
        models.add(corpus, sound)
        onnx_files.add(corpus, sound)
        stores.add(corpus, sound)
        checkpoints.add(corpus, options.program.resolve(), work)
    shutil.rmtree(options.folder, ignore_errors=True)
    damaged = corpus.write(options.folder)
    print(f"{len(corpus.cases)} files, {damaged} of them damaged")


if __name__ == "__main__":
    main()
