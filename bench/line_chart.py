"""Small line charts as SVG: panels side by side, logarithmic axes, names at the ends of the lines, light and dark ground."""
import dataclasses
import html
import math

STYLE = """
text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-size:17px;font-weight:600}.head{font-weight:600}
.muted{fill:#59636e}.small{font-size:11px}.ground{fill:#fff}.grid{stroke:#e3e7eb}.mark{stroke:#8c959f;stroke-dasharray:1 3}
.line{fill:none;stroke-width:2;stroke-linejoin:round}.dashed{stroke-dasharray:6 4}
.line.first{stroke:#0072b2}.line.second{stroke:#c25100}.dot.first,text.first{fill:#0072b2}.dot.second,text.second{fill:#c25100}
.line.third{stroke:#00795c}.dot.third,text.third{fill:#00795c}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.muted{fill:#9aa4af}.ground{fill:#0d1117}.grid{stroke:#242b33}
.mark{stroke:#6e7781}.line.first{stroke:#4aa8e0}.line.second{stroke:#f0883e}.dot.first,text.first{fill:#4aa8e0}
.dot.second,text.second{fill:#f0883e}.line.third{stroke:#3fbf9a}.dot.third,text.third{fill:#3fbf9a}}
"""
PANEL, HEIGHT, LEFT, RIGHT, TOP, FOOT = 450, 400, 68, 84, 118, 74  # of the plot within its panel, but the first two
LABEL_GAP = 15


@dataclasses.dataclass
class Line:
    name: str
    points: list  # (x, y), x ascending
    colour: str = "first"  # or "second", "third"
    dashed: bool = False
    ring: tuple = ()  # (x, y, name) of a point that stands out


@dataclasses.dataclass
class Panel:
    heading: str
    lines: list
    x_title: str
    x_ticks: list
    percent: bool = False  # y from 0 to 1 on an even axis; otherwise logarithmic
    marks: list = dataclasses.field(default_factory=list)  # (x, name): upright lines behind the curves
    reach: tuple = ()  # (low, high) of a logarithmic y; without it, that of the lines


def document(title, subtitle, panels, foot):
    width = PANEL * len(panels)
    parts = [text(24, 34, title, "title"), text(24, 56, subtitle, "muted")]
    for k, panel in enumerate(panels):
        parts += [f'<g transform="translate({k * PANEL} 0)">', *draw(panel), "</g>"]
    parts.append(text(24, HEIGHT - 14, foot, "muted small"))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}" '
            f'role="img" aria-label="{html.escape(title)}">\n<style>{STYLE}</style>\n'
            f'<rect class="ground" width="{width}" height="{HEIGHT}"/>\n' + "\n".join(parts) + "\n</svg>\n")


def draw(panel):
    low, high = panel.x_ticks[0], panel.x_ticks[-1]

    def x(value):
        return LEFT + math.log(value / low) / math.log(high / low) * (PANEL - LEFT - RIGHT)

    y, y_ticks = upright_axis(panel)
    yield text(24, TOP - 34, panel.heading, "head")
    for value in y_ticks:
        yield f'<line class="grid" x1="{LEFT}" x2="{PANEL - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
        yield text(LEFT - 8, y(value) + 4, f"{value:.0%}".replace("%", " %") if panel.percent else f"{value:,g}", "muted small", "end")
    for value in panel.x_ticks:
        yield text(x(value), HEIGHT - FOOT + 18, f"{value:,}", "muted small", "middle")
    yield text((LEFT + PANEL - RIGHT) / 2, HEIGHT - FOOT + 36, panel.x_title, "muted small", "middle")
    for value, name in panel.marks:
        yield f'<line class="mark" x1="{x(value):.1f}" x2="{x(value):.1f}" y1="{TOP}" y2="{HEIGHT - FOOT}"/>'
        yield text(x(value), TOP - 6, name, "muted small", "middle")
    for line in panel.lines:
        yield from curve(line, x, y)
    yield from names(panel.lines, x, y)


def upright_axis(panel):
    """value -> y, and the ticks."""
    bottom, top = HEIGHT - FOOT, TOP
    if panel.percent:
        return lambda value: bottom + value * (top - bottom), [0, 0.25, 0.5, 0.75, 1]
    values = panel.reach or [value for line in panel.lines for _, value in line.points]
    ticks = steps_around(min(values), max(values))
    reach = math.log(ticks[-1] / ticks[0])
    return lambda value: bottom + math.log(value / ticks[0]) / reach * (top - bottom), ticks


def steps_around(low, high):
    """Powers of ten that enclose the values; 1, 2, 5 times them where there would be few."""
    mantissas = (1,) if high / low > 300 else (1, 2, 5)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = [float(f"{mantissa}e{power}") for power in powers for mantissa in mantissas]
    first = max(k for k, step in enumerate(steps) if step <= low)
    last = next((k for k, step in enumerate(steps) if step >= high), len(steps) - 1)
    return steps[first:max(last, first + 1) + 1]


def curve(line, x, y):
    path = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in line.points)
    yield f'<polyline class="line {line.colour}{" dashed" if line.dashed else ""}" points="{path}"/>'
    if not line.dashed:
        for at, value in line.points:
            yield f'<circle class="dot {line.colour}" cx="{x(at):.1f}" cy="{y(value):.1f}" r="2.5"/>'
    if line.ring:
        at, value, name = line.ring
        yield f'<circle class="line {line.colour}" cx="{x(at):.1f}" cy="{y(value):.1f}" r="5"/>'
        yield text(x(at), y(value) - 10, name, f"{line.colour} small", "middle")


def names(lines, x, y):
    """Each name at the end of its line, pushed apart where they would touch."""
    ends = sorted(lines, key=lambda line: y(line.points[-1][1]))
    heights = [y(line.points[-1][1]) for line in ends]
    for _ in range(len(ends)):
        for k in range(1, len(ends)):
            lack = LABEL_GAP - (heights[k] - heights[k - 1])
            if lack > 0:
                heights[k - 1] -= lack / 2
                heights[k] += lack / 2
    too_low = max(0, heights[-1] - (HEIGHT - FOOT))
    heights = [height - too_low for height in heights]
    for line, height in zip(ends, heights):
        yield text(x(line.points[-1][0]) + 10, height + 4, line.name, f"{line.colour} small")


def text(x, y, words, style, anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{html.escape(words)}</text>'
