"""The time of a training step of several processes, as docs/cluster-cost.md writes it down; fitted to what bench/cluster_cost.py measures."""
import dataclasses
import math

import numpy

LINE = 64  # bytes: rows of weights and of outputs are filled up to whole ones
EAGER = 65536  # bytes: Open MPI over TCP sends a longer message only once the receiver has asked for it; gradients go in shorter ones
CLASSES = 10


@dataclasses.dataclass(frozen=True)
class Network:
    inputs: int
    hidden: tuple

    @property
    def name(self):
        same = len(set(self.hidden)) == 1 and len(self.hidden) > 2
        widths = [f"{self.hidden[0]}x{len(self.hidden)}"] if same else map(str, self.hidden)
        return "-".join([str(self.inputs), *widths, str(CLASSES)])

    @property
    def layers(self):
        return len(self.hidden) + 1

    def gradient_bytes(self):
        """Of each layer, from the inputs on."""
        widths = [self.inputs, *self.hidden, CLASSES]
        return [(rows + 1) * lines(columns) for rows, columns in zip(widths, widths[1:])]


@dataclasses.dataclass(frozen=True)
class Link:
    name: str
    latency: float  # seconds from process to process
    rate: float  # bytes a second, each way; 0: as fast as the processors copy
    crossings: int = 0  # of the program that makes it slow, for each latency


def lines(values):
    return -(-values * 4 // LINE) * LINE


def exchanged(network, batch, processes):
    """Bytes that each process sends, and receives, in a step."""
    outputs = batch * lines(CLASSES)
    return (2 * sum(network.gradient_bytes()) + outputs) * (processes - 1) / processes


def gather_latencies(batch, processes):
    """One after another, of the outputs: how Open MPI 4.1 gathers n bytes of each process
    (ompi/mca/coll/tuned/coll_tuned_decision_fixed.c, ompi_coll_tuned_allgatherv_intra_dec_fixed)."""
    tree, neighbours, ring = math.ceil(math.log2(processes)), processes // 2, processes - 1
    default = 1 + tree  # to process 0 and from there to all
    choices = {  # of fewer processes than this: fewer bytes than this, latencies
        3: [(math.inf, 1)],
        8: [(256, default), (4096, neighbours), (8192, ring), (16384, neighbours), (262144, tree), (math.inf, neighbours)],
        16: [(1024, default), (math.inf, tree)],
        32: [(128, default), (262144, tree), (math.inf, ring)],
        64: [(256, default), (8192, tree), (math.inf, ring)],
        128: [(256, default), (4096, tree), (math.inf, ring)],
        256: [(1024, tree), (65536, neighbours), (math.inf, ring)],
        512: [(1024, tree), (math.inf, ring)],
        1024: [(512, tree), (1024, default), (4096, tree), (1048576, neighbours), (math.inf, ring)],
        math.inf: [(4096, tree), (math.inf, neighbours)],
    }
    own = batch * lines(CLASSES) / processes
    of_size = next(row for most, row in choices.items() if processes < most)
    return next(count for most, count in of_size if own < most) * arrivals(own)


def arrivals(message):
    """Latencies until a message is there: a long one is announced, asked for and sent."""
    return 1 if message <= EAGER else 3


def latencies(batch, processes):
    """One after another: the outputs, the parts of the sums of the layer that comes last, the sums, and whether to stop."""
    return gather_latencies(batch, processes) + 2 + math.ceil(math.log2(processes))


def messages(network, processes):
    """That each process sends, and receives, in a step, but for those of the outputs, which are few where they matter."""
    return 2 * network.layers * (processes - 1) + 1 + math.ceil(math.log2(processes))


@dataclasses.dataclass
class Costs:
    """per_byte and per_message: seconds of the processor. The shares of the wire's time and of the latencies that are waited for. What the
    program that makes a network slow adds to each latency while the processors compute is no part of a prediction."""
    per_byte: float
    per_message: float
    wire_share: float = 1.0
    latency_share: float = 1.0
    per_crossing: float = 0.0

    def exchange(self, network, batch, processes, link):
        amount = exchanged(network, batch, processes)
        wire = amount / link.rate if link.rate else 0.0
        return (self.per_byte * amount + self.per_message * messages(network, processes) + self.wire_share * wire +
                latencies(batch, processes) * (self.latency_share * link.latency + self.per_crossing * link.crossings))


def terms(network, batch, link):
    amount = exchanged(network, batch, 2)
    return [amount, messages(network, 2), amount / link.rate if link.rate else 0.0, latencies(batch, 2) * link.latency,
            latencies(batch, 2) * link.crossings]


def least_squares(rows, values, weights):
    """Least squares of the relative errors, over coefficients that are not negative: a negative one is left out."""
    rows, values, weights = (numpy.asarray(each, float) for each in (rows, values, weights))
    used = list(range(rows.shape[1]))
    while True:
        found = numpy.linalg.lstsq(rows[:, used] * weights[:, None], values * weights, rcond=None)[0]
        if (found >= 0).all():
            break
        del used[int(numpy.argmin(found * numpy.abs(rows[:, used]).max(axis=0)))]
    result = numpy.zeros(rows.shape[1])
    result[used] = found
    return result


def fitted(cells, count):
    """Costs from (network, batch, link, seconds of the rows, seconds of the step) of two processes; the first so many of the five."""
    rows = [terms(network, batch, link)[:count] for network, batch, link, _, _ in cells]
    extra = [step - compute for *_, compute, step in cells]
    return Costs(*least_squares(rows, extra, [1 / step for *_, step in cells]))


class Processor:
    """The time of a step of one process by its rows, between those that were measured, and of the loss of a row."""

    def __init__(self, seconds_by_rows, loss_of_row):
        self.rows = sorted(seconds_by_rows)
        self.seconds = [seconds_by_rows[rows] for rows in self.rows]
        self.loss_of_row = loss_of_row

    def step(self, rows):
        if rows > self.rows[-1]:
            return self.seconds[-1] * rows / self.rows[-1]
        return math.exp(numpy.interp(math.log(rows), numpy.log(self.rows), numpy.log(self.seconds)))

    def step_of_many(self, network, batch, processes, link, costs):
        if processes == 1:
            return self.step(batch)
        own = batch / processes
        return self.step(own) + self.loss_of_row * (batch - own) + costs.exchange(network, batch, processes, link)


def stops_paying(times):
    """{processes: seconds of the same step} -> the number with the shortest step, and the largest that is half efficient."""
    shortest = min(times, key=times.get)
    efficient = [count for count, seconds in times.items() if times[1] / (count * seconds) >= 0.5]
    return shortest, max(efficient)
