"""gradus' training: the program is run, and tells by itself how long its training steps took."""
import json
import subprocess

import numpy as np

import works


class GradusFailed(Exception):
    """The program ended with an error, or trained something else than was asked."""


class Program:
    def __init__(self, path, runs):
        self.path, self.runs = path, runs
        self.takes_threads = "--threads" in self.output("train", "--help")

    def output(self, *words):
        run = subprocess.run([self.path, *map(str, words)], capture_output=True, text=True, check=False)
        if run.returncode != 0:
            command = " ".join(map(str, [self.path, *words]))
            raise GradusFailed(f"{command}: exit status {run.returncode}: {run.stderr.strip()}")
        return run.stdout

    def version(self):
        return json.loads(self.output("version", "--json"))

    def train(self, folder, data, epochs, threads, *words):
        """The events of a run on folder/data; threads None leaves the choice to gradus."""
        if threads and self.takes_threads:
            words = (*words, "--threads", threads)
        text = self.output("train", folder / data, "--config", folder / "config.toml", "--initial-weights",
                           folder / "weights.npz", "--epochs", epochs, "--runs", self.runs, "--json", *words)
        return [json.loads(line) for line in text.splitlines()]

    def losses(self, work, folder):
        """The loss of each step over check.npz."""
        events = self.train(folder, "check.npz", 1, 1, "--log-every", 1)
        start = events[0]
        parameters = sum((i + 1) * o for i, o in zip(work.widths, work.widths[1:]))
        if start["parameters"] != parameters:
            raise GradusFailed(f"{work.name}: gradus made a network of {start['parameters']} parameters, not {parameters}")
        return [event["loss"] for event in events if event["event"] == "step"]

    def epochs_of_a_piece(self, work, folder):
        return works.epochs_of_a_piece(min(self.epoch_seconds(work, folder, 1, 5)))

    def seconds_per_step(self, work, folder, threads, epochs):
        """Of the training steps alone, over a piece of so many epochs."""
        return sum(self.epoch_seconds(work, folder, threads, epochs)) / work.steps_of(epochs)

    def epoch_seconds(self, work, folder, threads, epochs):
        """Of each epoch, after one to warm up."""
        events = self.train(folder, "data.npz", 1 + epochs, threads)
        ended = [event for event in events if event["event"] == "epoch"]
        if len(ended) != 1 + epochs or ended[-1]["step"] != work.steps_of(1 + epochs):
            raise GradusFailed(f"{work.name}: gradus ended after {len(ended)} epochs of {1 + epochs}")
        return [event["seconds"] for event in ended[1:]]

    def model(self, work, folder):
        """Trains the network for an epoch; the path of its model, and its layers."""
        path = folder / "model.safetensors"
        self.train(folder, "check.npz", 1, 1, "--out", path)
        return path, layers_of_safetensors(path)


def layers_of_safetensors(path):
    """Weight (outputs, inputs) and bias of each layer of a gradus model."""
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    tensors = {}
    for name, entry in json.loads(content[8:start]).items():
        if name.endswith((".weight", ".bias")):
            first, last = entry["data_offsets"]
            values = np.frombuffer(content[start + first:start + last], np.float32)
            tensors[name] = values.reshape(entry["shape"]).copy()
    return works.layers_of(tensors)
