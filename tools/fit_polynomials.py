"""Prints the polynomials of gradus/kernels/math_constants.h: minimax fits made with 80 digits and rounded to the precision
in use, lowest power first, each with the largest weighted error of the exact fit.

    python3 -m venv /tmp/fit && /tmp/fit/bin/pip install mpmath && /tmp/fit/bin/python tools/fit_polynomials.py

With --check FILE: fails unless FILE holds every one of them.
"""
import re
import struct
import sys

from mpmath import cos, erf, erfc, exp, log, lu_solve, matrix, mp, mpf, nstr, pi, polyval, sqrt, tanh

mp.dps = 80
TINY = mpf(10) ** -25  # where a quotient would be 0/0, its neighbour serves


def exp_tail(r):
    r = r if abs(r) > TINY else TINY
    return (exp(r) - 1 - r) / r**2


def log_tail(z):
    s = sqrt(max(z, TINY))
    return (log((1 + s) / (1 - s)) - 2 * s) / s**3


def tanh_tail(z):
    x = sqrt(max(z, TINY))
    return (tanh(x) - x) / x**3


def erf_tail(z):
    x = sqrt(max(z, TINY))
    return erf(x) / x - 1


def normal_tail(center):
    def scaled(u):
        w = center * (1 + u) / (1 - u)
        return erfc(w / sqrt(2)) / 2 * exp(w * w / 2) * (w + center)

    return scaled


def unit(w, center):
    return (mpf(w) - center) / (w + center)


HALF_LN2 = log(mpf(2)) / 2 + mpf(10) ** -4
LARGEST_S = (sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1) + mpf(10) ** -6
TANH_LIMIT = mpf("0.5501")

def square(r):
    return r * r


def identity(z):
    return z


def one(_):
    return mpf(1)


# Name, function, interval, degrees in float and double, and what an error of the fit is multiplied by in its use.
FITS = [
    ("kExp", exp_tail, (-HALF_LN2, HALF_LN2), (4, 9), square),
    ("kLog", log_tail, (0, LARGEST_S**2), (3, 7), one),
    ("kTanh", tanh_tail, (0, TANH_LIMIT**2), (4, 10), identity),
    ("kErf", erf_tail, (0, 1), (6, 12), one),
]
# The same with a center and a largest argument for each precision.
NORMAL_TAIL = ("kNormalTail", ((3, 15), (5, 39)), (10, 22), one)


def minimax(function, interval, degree, weight):
    """Remez's exchange: coefficients, highest power first, and the largest weighted error."""
    low, high = (mpf(end) for end in interval)
    grid = [low + (high - low) * (1 - cos(pi * i / 1000)) / 2 for i in range(1001)]
    values = [function(x) for x in grid]
    weights = [max(weight(x), mpf(10) ** -9) for x in grid]  # none vanishes: each sign needs a point of its own
    points = [round(mpf(1000) * i / (degree + 1)) for i in range(degree + 2)]
    for _ in range(50):
        rows = [[grid[p] ** k for k in range(degree, -1, -1)] + [(-1) ** i / weights[p]] for i, p in enumerate(points)]
        solution = list(lu_solve(matrix(rows), matrix([values[p] for p in points])))
        coefficients, level = solution[:-1], abs(solution[-1])
        errors = [(v - polyval(coefficients, x)) * w for x, v, w in zip(grid, values, weights)]
        # The largest error of each run of one sign; of too many, the largest.
        runs = []
        for i, error in enumerate(errors):
            if not runs or error * errors[runs[-1]] < 0:
                runs.append(i)
            elif abs(error) > abs(errors[runs[-1]]):
                runs[-1] = i
        while len(runs) > degree + 2:
            runs.pop(0 if abs(errors[runs[0]]) < abs(errors[runs[-1]]) else -1)
        worst = max(abs(error) for error in errors)
        if len(runs) < degree + 2 or worst < level * mpf("1.001"):
            break
        points = runs
    return coefficients, worst


def round_to(value, is_float):
    """The nearest float or double; through double is exact enough for polynomials."""
    return struct.unpack("<f", struct.pack("<f", float(value)))[0] if is_float else float(value)


def literal(value, is_float):
    """C++ hexadecimal, as short as the precision allows."""
    mantissa, exponent = value.hex().split("p")
    mantissa = mantissa[: len(mantissa) - 7] if is_float else mantissa  # 24 of 53 bits are 6 digits
    return f"{mantissa}p{int(exponent)}" + ("F" if is_float else "")


def fit(function, interval, degree, weight, is_float):
    coefficients, error = minimax(function, interval, degree, weight)
    return [literal(round_to(c, is_float), is_float) for c in reversed(coefficients)], error


def fits(is_float):
    at = 0 if is_float else 1
    for name, function, interval, degrees, weight in FITS:
        yield name, *fit(function, interval, degrees[at], weight, is_float)
    name, ranges, degrees, weight = NORMAL_TAIL
    center, largest = ranges[at]
    yield name, *fit(normal_tail(center), (-1, unit(largest, center)), degrees[at], weight, is_float)


def main():
    wanted = None
    if sys.argv[1:2] == ["--check"]:
        with open(sys.argv[2]) as file:
            wanted = re.sub(r"\s", "", file.read())
    missing = 0
    for is_float in (True, False):
        kind = "float" if is_float else "double"
        for name, literals, error in fits(is_float):
            line = f"static constexpr {kind} {name}[] = {{{', '.join(literals)}}};"
            if wanted is None:
                print(f"// error {nstr(error, 2)}\n{line}")
            elif re.sub(r"\s", "", line) not in wanted:
                missing += 1
                print(f"{sys.argv[2]} lacks: {line}")
    sys.exit(missing > 0)


main()
