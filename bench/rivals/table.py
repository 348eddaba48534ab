"""The results as tables for people."""
import statistics

from measure import quartiles

HEADINGS = ("rival", "threads", "gradus, us", "rival, us", "ratio", "cores")


def spread(values, scale=1.0):
    """Median (quartiles), three digits each."""
    low, middle, high = (number(value * scale) for value in quartiles(values))
    return f"{middle} ({low}-{high})"


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def ratios(result):
    return [theirs / ours for ours, theirs in zip(result["gradus"], result["theirs"])]


def threads_of(result):
    return ("default" if result["threads"] is None else str(result["threads"])) + (" *" if result["best"] else "")


def row(result):
    ours = bool(result["gradus"])
    return (f"{result['rival']}, {result['variant']}", threads_of(result),
            spread(result["gradus"], 1e6) if ours else "-", spread(result["theirs"], 1e6),
            spread(ratios(result)) if ours else "-", f"{statistics.median(result['cores']):.2f}")


def lines_of(rows):
    """Columns side by side: words to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for cells in rows:
        yield "  ".join(cell.ljust(width) if k == 0 else cell.rjust(width)
                        for k, (cell, width) in enumerate(zip(cells, widths))).rstrip()


def say_rows(results, say):
    """Says results as they come, so that a run that is broken off has told what it found."""
    for result in results:
        say("    " + "  ".join(row(result)))


def summary(results):
    """The two ratios by which a work is judged: to the faster of two frameworks, and to NumPy, on one thread."""
    medians = {result["rival"]: statistics.median(ratios(result)) for result in results if result["threads"] == 1}
    frameworks = [medians[name] for name in ("PyTorch eager", "scikit-learn") if name in medians]
    words = [f"{min(frameworks):.2f}x the faster of PyTorch eager and scikit-learn"] if len(frameworks) == 2 else []
    words += [f"{medians[name]:.2f}x {name}" for name in ("PyTorch compiled", "JAX", "NumPy") if name in medians]
    return ["one thread: " + ", ".join(words)] if words else []


def tables(results):
    """All lines to print."""
    lines = []
    for work in dict.fromkeys(result["work"] for result in results):
        of_work = [result for result in results if result["work"] == work]
        unit = "step" if of_work[0]["kind"] == "training" else "call"
        lines += ["", f"{work}: per {unit}, median (quartiles) of {len(of_work[0]['theirs'])} pairs"]
        lines += lines_of([HEADINGS, *map(row, of_work)])
        if unit == "step":
            lines += summary(of_work)
    if lines:
        lines += ["", "* the rival's best number of threads; default: library and variant as they come.",
                  "cores: the rival's processor time over time; below 1 with one thread, something else ran there."]
    return lines
