"""The works that gradus and its rivals are timed on, and the files from which every contestant starts.

A work's folder holds data.npz (X float32, y), check.npz (its first CHECK_STEPS batches), weights.npz (initial weights with
the names and shapes of PyTorch) and config.toml for gradus. Rows are permuted here, once: everyone takes them as they lie.
"""
import dataclasses
import gzip
import pathlib

import numpy as np

CHECK_STEPS = 20
PIECE_SECONDS = 0.5  # what one timed piece takes, on either side: noise then hits both alike
MOMENTUM, BETA1, BETA2, EPSILON = 0.9, 0.9, 0.999, 1e-8


@dataclasses.dataclass(frozen=True)
class Work:
    """A network and how it is trained: sigmoid hidden layers, softmax cross-entropy."""
    name: str
    data: str
    widths: tuple[int, ...]
    batch: int
    rows: int  # a multiple of batch
    optimizer: str = "momentum"
    learning_rate: float = 0.1

    def steps_of(self, epochs):
        return epochs * (self.rows // self.batch)

    @property
    def title(self):
        return f"{self.name}, batch {self.batch}, {self.optimizer}"


WORKS = (
    Work("784-64-10", "mnist", (784, 64, 10), batch=32, rows=32_000),
    Work("784-300-10", "mnist", (784, 300, 10), batch=64, rows=19_200),
    Work("digits-64-32-10", "digits", (64, 32, 10), batch=10, rows=1_790),
    Work("784-64x10-10", "mnist", (784, *[64] * 10, 10), batch=32, rows=16_000),
    Work("784-512-512-10", "mnist", (784, 512, 512, 10), batch=128, rows=6_400, optimizer="adam", learning_rate=0.001),
)
INFERENCE_WIDTHS = ((784, 64, 10), (784, 512, 512, 10))


@dataclasses.dataclass(frozen=True)
class Task:
    """A work as an adapter gets it: inputs (rows, features), labels, and per layer a weight (outputs, inputs) and a bias."""
    work: Work
    x: np.ndarray
    labels: np.ndarray
    layers: list[tuple[np.ndarray, np.ndarray]]

    def first(self, steps):
        return dataclasses.replace(self, x=self.x[:steps * self.work.batch], labels=self.labels[:steps * self.work.batch])


def epochs_of_a_piece(seconds):
    """How many epochs of so many seconds make a piece."""
    return max(1, round(PIECE_SECONDS / seconds))


def read_idx(path):
    """The array in an IDX file of unsigned bytes, compressed or not."""
    packed = path.with_name(path.name + ".gz")
    content = gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
    shape = np.frombuffer(content, ">u4", count=content[3], offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def read_data(name, data_dir):
    """Inputs in [0, 1] as float32, and labels."""
    if name == "digits":
        repository = pathlib.Path(__file__).parents[2]
        table = np.loadtxt(repository / "data" / "digits.csv.gz", delimiter=",", dtype=np.float32)
        return table[:, :-1] / np.float32(16), table[:, -1].astype(np.int64)
    folder = pathlib.Path(data_dir) / "mnist"
    images = read_idx(folder / "train-images-idx3-ubyte").reshape(-1, 784)
    return images.astype(np.float32) / np.float32(255), read_idx(folder / "train-labels-idx1-ubyte").astype(np.int64)


def glorot(widths, random):
    """Uniform initial weights by the file's names: layer k of the Sequential is its entry 2 k."""
    weights = {}
    for k, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        bound = (6 / (inputs + outputs)) ** 0.5
        weights[f"{2 * k}.weight"] = random.uniform(-bound, bound, (outputs, inputs)).astype(np.float32)
        weights[f"{2 * k}.bias"] = np.zeros(outputs, np.float32)
    return weights


def config(work):
    return "\n".join([
        f"hidden = {list(work.widths[1:-1])}", 'activation = "sigmoid"', 'loss = "softmax_cross_entropy"',
        'task = "classification"', f'optimizer = "{work.optimizer}"', f"learning_rate = {work.learning_rate}",
        *([f"momentum = {MOMENTUM}"] if work.optimizer == "momentum" else
          [f"beta1 = {BETA1}", f"beta2 = {BETA2}", f"epsilon = {EPSILON}"]),
        f"batch_size = {work.batch}", "shuffle = false", 'standardize = "none"', 'validation = "0"', 'test = "0"',
        "shuffle_split = false", "stratify = false", "patience = 0", "seed = 0", 'precision = "float"', ""])


def write(work, folder, data_dir):
    """Makes the work's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    x, labels = read_data(work.data, data_dir)
    rows = random.permutation(len(x))[:work.rows]
    x, labels, check = x[rows], labels[rows], CHECK_STEPS * work.batch
    np.savez(folder / "data.npz", X=x, y=labels)
    np.savez(folder / "check.npz", X=x[:check], y=labels[:check])
    np.savez(folder / "weights.npz", **glorot(work.widths, random))
    (folder / "config.toml").write_text(config(work))


def layers_of(weights):
    return [(weights[f"{2 * k}.weight"], weights[f"{2 * k}.bias"]) for k in range(len(weights) // 2)]


def read(name, folder):
    """The task of the work of this name, from its folder."""
    work = next(work for work in WORKS if work.name == name)
    with np.load(folder / "data.npz") as data, np.load(folder / "weights.npz") as weights:
        return Task(work, data["X"], data["y"], layers_of(weights))
