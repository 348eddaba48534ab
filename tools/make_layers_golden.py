#!/usr/bin/env python3
"""Prints the golden numbers of gradus/nn/layers_golden_test.cpp: networks with normalization by PyTorch in float64 (made with 1.13)."""

import torch
import torch.nn as nn
import torch.nn.functional as F

ROWS = 5
LABELS = torch.tensor([1, 0, 1, 1, 0])


def number(k):
    return ((37 * k) % 23 - 11) / 16


def numbers(tensors):
    flat = [float(v) for tensor in tensors for v in tensor.detach().flatten()]
    return "{" + ", ".join(repr(v) for v in flat) + "}"


def case(name, network):
    network.double().train()
    with torch.no_grad():
        k = 0
        for key, tensor in network.state_dict().items():
            if "running" in key or "num_batches" in key:
                continue
            for i in range(tensor.numel()):
                shift = 1 if tensor.dim() == 1 and key.endswith("weight") else 0
                tensor.view(-1)[i] = number(k) + shift
                k += 1
    x = torch.tensor([number(3 * i + 1) for i in range(ROWS * 3)], dtype=torch.float64).view(ROWS, 3)
    x.requires_grad_(True)
    output = network(x)
    loss = F.cross_entropy(output, LABELS)
    loss.backward()
    buffers = [b for key, b in network.state_dict().items() if "running" in key]
    network.eval()
    print(f"    {{\"{name}\",\n     {numbers([output])},\n     {loss.item()!r},")
    print(f"     {numbers([p.grad for p in network.parameters()])},\n     {numbers([x.grad])},")
    print(f"     {numbers(buffers)},\n     {numbers([network(x)])}}},")


def main():
    case("batch", nn.Sequential(nn.Linear(3, 4, bias=False), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 2)))
    case("layer", nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Tanh(), nn.Linear(4, 2)))


if __name__ == "__main__":
    main()
