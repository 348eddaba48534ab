#!/usr/bin/env python3
"""Prints the golden rows of gradus/optim/schedule_test.cpp: rates of one_cycle by PyTorch (made with 1.13)."""

import warnings

import torch


def rates(total, **options):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=total, **options)
    found = []
    for step in range(total):
        found.append(optimizer.param_groups[0]["lr"])
        if step + 1 < total:
            schedule.step()
    return found


def row(total, rise=0.3, start=25.0, end=1e4, annealing="Cosine"):
    found = rates(total, pct_start=rise, div_factor=start, final_div_factor=end,
                  anneal_strategy="cos" if annealing == "Cosine" else "linear")
    numbers = ", ".join(repr(rate) for rate in found)
    print(f"      {{{rise}, {start}, {end}, Annealing::k{annealing}, {{{numbers}}}}},")


def main():
    warnings.simplefilter("ignore")  # steps without updates are what is wanted here
    row(10)
    row(12, annealing="Linear")
    row(7, rise=0.5, start=4.0, end=100.0)
    row(9, rise=0.25, start=10.0, end=10.0, annealing="Linear")


if __name__ == "__main__":
    main()
