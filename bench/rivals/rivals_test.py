#!/usr/bin/env python3
"""Tests of the comparison: what it writes, and that its NumPy computes what gradus computes.

Exit status 77, skipped, where no Python with NumPy is found.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

try:
    import numpy as np
except ImportError:  # the first python3 on PATH may be a bare one beside the distribution's
    if sys.executable != "/usr/bin/python3" and pathlib.Path("/usr/bin/python3").exists():
        sys.exit(subprocess.run(["/usr/bin/python3", *sys.argv], check=False).returncode)
    print("skipped: no NumPy for", sys.executable)
    sys.exit(77)

import measure
import picture
import table
import works
from adapters import gradus_program, numpy_in_place

PROGRAM = os.environ.get("GRADUS_PROGRAM", "build/gradus")


def result(rival="NumPy", threads=1, gradus=(1e-6, 2e-6, 4e-6), theirs=(10e-6, 30e-6, 20e-6)):
    return {"kind": "training", "work": "784-64-10, batch 32", "rival": rival, "variant": "plain", "threads": threads,
            "best": threads == 1, "gradus": list(gradus), "theirs": list(theirs), "cores": [0.5, 1.0, 0.9]}


class MeasureTest(unittest.TestCase):
    def test_pairs_alternate(self):
        calls = []
        ours, theirs = measure.interleaved(lambda: calls.append("a") or 1, lambda: calls.append("b") or 2, 3)
        self.assertEqual((calls, ours, theirs), (list("ababab"), [1, 1, 1], [2, 2, 2]))

    def test_the_worst_difference_is_relative_and_wants_equal_lengths(self):
        self.assertAlmostEqual(measure.worst_difference([2.0, 4.0], [2.0, 4.4]), 0.1)
        self.assertEqual(measure.worst_difference([2.0], [2.0, 2.0]), float("inf"))

    def test_settings_end_with_the_default(self):
        self.assertEqual(measure.thread_settings([1, 2], 2), [1, 2, None])
        self.assertEqual(measure.thread_settings([1], 8), [1, 2, 4, 8, None])


class TableTest(unittest.TestCase):
    def test_a_row_has_medians_quartiles_and_the_ratio_of_the_pairs(self):
        self.assertEqual(table.row(result()),
                         ("NumPy, plain", "1 *", "2 (1.5-3)", "20 (15-25)", "10 (7.5-12.5)", "0.90"))

    def test_without_gradus_the_rival_stands_alone(self):
        self.assertEqual(table.row(result(gradus=()))[2:5], ("-", "20 (15-25)", "-"))

    def test_columns_stand_below_each_other(self):
        lines = table.tables([result(), result("a rival of a longer name", None)])
        ends = {len(line) for line in lines if "plain" in line or line.startswith("rival")}
        self.assertEqual(len(ends), 1, lines)

    def test_the_summary_takes_the_faster_framework(self):
        of_work = [result("PyTorch eager"), result("scikit-learn", theirs=(2e-6, 4e-6, 8e-6)), result()]
        self.assertEqual(table.summary(of_work),
                         ["one thread: 2.00x the faster of PyTorch eager and scikit-learn, 10.00x NumPy"])


class PictureTest(unittest.TestCase):
    def test_gradus_is_first_and_rivals_go_from_fast_to_slow(self):
        bars = picture.bars_of([result("slow", theirs=(9e-5, 9e-5, 9e-5)), result("fast"), result("other", threads=2)], 1)
        self.assertEqual([name for name, _, _ in bars["784-64-10, batch 32"]], ["gradus", "fast", "slow"])

    def test_the_document_is_xml_with_escaped_words(self):
        root = xml.etree.ElementTree.fromstring(picture.svg([result("<&>")], 1, 'a "machine"'))
        words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
        self.assertIn("<&>", words)
        bars = [element for element in root.iter("{http://www.w3.org/2000/svg}rect") if "bar" in element.get("class")]
        self.assertEqual([bar.get("class") for bar in bars], ["bar gradus", "bar"])
        self.assertLess(float(bars[0].get("width")), float(bars[1].get("width")))

    def test_no_results_give_no_picture(self):
        self.assertEqual(picture.svg([result()], 2, "machine"), "")


class NumpyAgainstGradusTest(unittest.TestCase):
    """On digits, which every checkout has, with either optimizer."""

    def losses(self, **changes):
        digits = next(work for work in works.WORKS if work.data == "digits")
        work = works.dataclasses.replace(digits, rows=20 * digits.batch, **changes)
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            works.write(work, folder, data_dir=None)
            ours = gradus_program.Program(PROGRAM, folder / "runs").losses(work, folder)
            with np.load(folder / "data.npz") as data, np.load(folder / "weights.npz") as weights:
                task = works.Task(work, data["X"], data["y"], works.layers_of(weights))
            return ours, numpy_in_place.Training(task, "in place", 1).losses()

    def check(self, **changes):
        ours, theirs = self.losses(**changes)
        self.assertEqual(len(ours), works.CHECK_STEPS)
        self.assertLess(measure.worst_difference(ours, theirs), 1e-5, list(zip(ours, theirs)))

    def test_momentum(self):
        self.check()

    def test_adam_and_two_hidden_layers(self):
        self.check(optimizer="adam", learning_rate=0.01, widths=(64, 32, 16, 10))

    def test_another_learning_rate_is_noticed(self):
        (ours, _), (_, theirs) = self.losses(), self.losses(learning_rate=0.101)
        self.assertGreater(measure.worst_difference(ours, theirs), 1e-5)


class WeightsTest(unittest.TestCase):
    def test_a_saved_model_gives_its_layers(self):
        digits = next(work for work in works.WORKS if work.data == "digits")
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            works.write(digits, folder, data_dir=None)
            _, layers = gradus_program.Program(PROGRAM, folder / "runs").model(digits, folder)
            self.assertEqual([(w.shape, b.shape) for w, b in layers], [((32, 64), (32,)), ((10, 32), (10,))])


if __name__ == "__main__":
    unittest.main()
