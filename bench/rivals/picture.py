"""The training results as SVG: a bar per rival and work on a logarithmic axis, readable on light and dark ground."""
import html
import math
import statistics

from table import number

STYLE = """
text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-size:17px;font-weight:600}.work,.ours{font-weight:600}
.muted{fill:#59636e}.small{font-size:11px}.ground{fill:#fff}.grid{stroke:#e3e7eb}.bar{fill:#a9b4c0}.bar.gradus{fill:#0072b2}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.muted{fill:#9aa4af}.ground{fill:#0d1117}.grid{stroke:#242b33}
.bar{fill:#57636f}.bar.gradus{fill:#4aa8e0}}
"""
WIDTH, LEFT, RIGHT, TOP, ROW, GAP, FOOT = 860, 150, 120, 86, 20, 34, 46


def bars_of(results, threads):
    """Per work: (name, seconds a step, ratio to gradus or None), gradus first, then the rivals from fast to slow."""
    works = {}
    for result in results:
        if result["kind"] == "training" and result["threads"] == threads:
            works.setdefault(result["work"], []).append(result)
    bars = {}
    for work, of_work in works.items():
        ours = statistics.median([seconds for result in of_work for seconds in result["gradus"]])
        theirs = [(result["rival"], statistics.median(result["theirs"]),
                   statistics.median(b / a for a, b in zip(result["gradus"], result["theirs"]))) for result in of_work]
        bars[work] = [("gradus", ours, None), *sorted(theirs, key=lambda bar: bar[1])]
    return bars


def svg(results, threads, machine):
    """The document; an empty text when there is no result for this number of threads."""
    bars = bars_of(results, threads)
    if not bars:
        return ""
    microseconds = [seconds * 1e6 for of_work in bars.values() for _, seconds, _ in of_work]
    low = math.floor(math.log10(min(microseconds)))
    high = max(math.log10(max(microseconds)), low + 1)
    height = TOP + FOOT + sum(GAP + ROW * len(of_work) for of_work in bars.values())

    def x(value):
        return LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    unit = f"microseconds, logarithmic; {threads} thread{'s' * (threads > 1)}, float; ratios are to gradus"
    parts = [text(24, 34, "Time of one training step", "title"), text(24, 56, unit, "muted")]
    parts += grid(x, low, math.floor(high), height)
    y = TOP
    for work, of_work in bars.items():
        y += GAP
        parts.append(text(24, y - 8, work, "work"))
        for name, seconds, ratio in of_work:
            parts += bar(x, y, name, seconds * 1e6, ratio)
            y += ROW
    parts.append(text(24, height - 18, machine, "muted small"))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'role="img" aria-label="Time of one training step, gradus beside its rivals">\n<style>{STYLE}</style>\n'
            f'<rect class="ground" width="{WIDTH}" height="{height}"/>\n' + "\n".join(parts) + "\n</svg>\n")


def grid(x, low, high, height):
    for power in range(low, high + 1):
        at = x(10**power)
        yield f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{height - FOOT + 6}"/>'
        yield text(at, TOP - 6, f"{10**power:,g}", "muted small", "middle")


def bar(x, y, name, value, ratio):
    ours = " gradus" if ratio is None else ""
    yield text(LEFT - 10, y + 13, name, "ours" if ours else "", "end")
    yield f'<rect class="bar{ours}" x="{LEFT}" y="{y + 2}" width="{x(value) - LEFT:.1f}" height="{ROW - 5}" rx="2"/>'
    yield text(x(value) + 7, y + 13, number(value), "ours" if ours else "", note="" if ratio is None else f"{ratio:.1f}x")


def text(x, y, words, style, anchor="start", note=""):
    """A text, with a note in muted colour behind it."""
    note = f'<tspan class="muted" dx="9">{note}</tspan>' if note else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{html.escape(words)}{note}</text>'
