#!/usr/bin/env python3
"""Prints the golden rows of gradus/study/statistics_golden_test.cpp: what SciPy says of the same numbers (made with
SciPy 1.17, NumPy 2.4). SciPy has no Holm correction: its numbers in the test are by hand."""

import numpy as np
from scipy import special, stats

SAMPLES = {
    "even": [0.012, 0.009, 0.015, 0.007, 0.011],
    "mixed": [0.4, -0.1, 0.25, 0.3, -0.05, 0.6, 0.15, 0.2],
    "ties": [1.0, 2.0, 2.0, -1.0, 0.0, 3.0, -2.0, 2.0, 0.0, 4.0],
    "skew": [0.01, 0.02, 0.015, 0.9, 0.03, 0.022, 0.018],
    "two": [0.5, 0.75],
    # Darwin's maize, eighths of an inch (Fisher, The Design of Experiments, 1935).
    "maize": [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48],
}


def number(value):
    return repr(float(value))


def row(name, sample):
    d = np.array(sample, dtype=float)
    n = len(d)
    mean, sd = d.mean(), d.std(ddof=1)
    low, high = stats.t.interval(0.95, n - 1, loc=mean, scale=sd / np.sqrt(n))
    p = stats.ttest_1samp(d, 0).pvalue
    hedges = mean / sd * np.exp(special.gammaln((n - 1) / 2) - special.gammaln((n - 2) / 2)) / np.sqrt((n - 1) / 2) \
        if n >= 3 else np.nan
    nonzero = d[d != 0]
    every_sign = stats.PermutationMethod(n_resamples=np.inf)
    rank = stats.wilcoxon(nonzero, method=every_sign)
    ranks = stats.rankdata(abs(nonzero))[nonzero > 0].sum()
    sign = stats.binomtest(int((d > 0).sum()), len(nonzero)).pvalue
    percentile, bca = (stats.bootstrap((d,), np.mean, n_resamples=999, method=m, rng=np.random.default_rng(7),
                                       vectorized=True).confidence_interval for m in ("percentile", "BCa"))
    numbers = [mean, sd, low, high, p, mean / sd, hedges, ranks, rank.pvalue, sign, *percentile, *bca]
    text = ", ".join(number(v) if np.isfinite(v) else "kNaN" for v in numbers)
    values = ", ".join(number(v) for v in sample)
    print(f'    {{"{name}", {{{values}}},\n     {text}}},')


def power(n, effect, significance):
    bound = stats.t.isf(significance / 2, n - 1)
    shifted = stats.nct(n - 1, effect * np.sqrt(n))
    return shifted.sf(bound) + shifted.cdf(-bound)


def required(effect, significance, wanted):
    n = 2
    while power(n, effect, significance) < wanted:
        n += 1
    return n


def main():
    print("// samples")
    for name, sample in SAMPLES.items():
        row(name, sample)
    print("// many: 60 differences, normal approximation")
    many = [((7 * i) % 13 - 5) / 4 for i in range(60)]
    print(number(stats.wilcoxon(many, method="asymptotic").pvalue))
    print("// power: n, effect, significance, power")
    for n, effect, significance in [(2, 1.0, 0.05), (5, 0.5, 0.05), (5, 2.0, 0.05), (10, 1.0, 0.01), (34, 0.5, 0.05)]:
        print(f"    {{{n}, {effect}, {significance}, {number(power(n, effect, significance))}}},")
    print("// pairs: effect, significance, power, n")
    for effect, significance, wanted in [(0.2, 0.05, 0.8), (0.5, 0.05, 0.8), (0.8, 0.05, 0.8), (1.0, 0.05, 0.9),
                                         (3.0, 0.05, 0.8), (0.5, 0.01, 0.8)]:
        print(f"    {{{effect}, {significance}, {wanted}, {required(effect, significance, wanted)}}},")


if __name__ == "__main__":
    main()
