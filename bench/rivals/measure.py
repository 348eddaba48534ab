"""Interleaved pairs and what is said of them."""
import statistics


def quartiles(values):
    """First quartile, median and third."""
    if len(values) == 1:
        return (values[0],) * 3
    return tuple(statistics.quantiles(values, n=4, method="inclusive"))


def interleaved(ours, theirs, count):
    """Calls ours, theirs, ours, theirs ...: count results of each."""
    results = [(ours(), theirs()) for _ in range(count)]
    return [a for a, _ in results], [b for _, b in results]


def worst_difference(ours, theirs):
    """The largest relative difference of two runs' losses; infinite when one has more steps."""
    if len(ours) != len(theirs):
        return float("inf")
    return max(abs(a - b) / abs(a) for a, b in zip(ours, theirs))


def thread_settings(equal, processors):
    """What is measured: the equal numbers, the powers of two up to the processors, and None, the library's default."""
    powers = [1 << k for k in range(processors.bit_length()) if 1 << k <= processors]
    return [*sorted({*equal, *powers}), None]
