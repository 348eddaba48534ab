#!/usr/bin/env python3
"""Prints the golden rows of gradus/nn/loss_golden_test.cpp: losses and gradients by PyTorch in float64 (made with 1.13)."""

import torch
import torch.nn.functional as F

Z = torch.tensor([[0.5, -1.25, 2.0], [-0.75, 0.1, 0.3], [3.0, -2.0, 0.0], [1.5, 1.5, -0.4]], dtype=torch.float64)
Y = torch.tensor([[1.0, -1.0, 0.25], [0.0, 0.6, 0.3], [1.0, -2.1, 1.5], [1.4, -0.5, 0.0]], dtype=torch.float64)
P01 = torch.tensor([[1.0, 0.0, 0.25], [0.0, 0.6, 0.3], [1.0, 0.0, 1.0], [0.4, 1.0, 0.0]], dtype=torch.float64)
LABELS = torch.tensor([2, 0, 0, 1])
CLASS_WEIGHTS = [0.5, 2.0, 1.25]
SAMPLE_WEIGHTS = [1.0, 0.25, 3.0, 0.5]


def mean(terms, weights):
    weights = torch.tensor(weights or [1.0] * len(terms), dtype=torch.float64)
    return (terms * weights).sum() / weights.sum()


def row(kind, loss_of, reduction="Mean", delta=1.0, smoothing=0.0, class_weights=(), sample_weights=(), start=Z):
    z = start.clone().requires_grad_(True)
    loss = loss_of(z)
    loss.backward()
    numbers = lambda values: "{" + ", ".join(repr(float(v)) for v in values) + "}"
    print(f"    {{LossKind::k{kind}, Reduction::k{reduction}, {delta}, {smoothing},")
    print(f"     {numbers(class_weights)}, {numbers(sample_weights)},")
    print(f"     {loss.item()!r},\n     {numbers(z.grad.flatten())}}},")


def main():
    def cross_entropy(z, **options):
        return F.cross_entropy(z, LABELS, **options)

    def binary(z, smoothing=0.0):
        return F.binary_cross_entropy_with_logits(z, P01 * (1 - smoothing) + smoothing / 2, reduction="none").sum(1)

    weights = torch.tensor(CLASS_WEIGHTS, dtype=torch.float64)
    row("MeanSquaredError", lambda z: F.mse_loss(z, Y))
    row("MeanSquaredError", lambda z: F.mse_loss(z, Y, reduction="sum") / 3, reduction="Sum")
    row("MeanSquaredError", lambda z: mean(((z - Y) ** 2).mean(1), SAMPLE_WEIGHTS), sample_weights=SAMPLE_WEIGHTS)
    row("MeanAbsoluteError", lambda z: F.l1_loss(z, Y))
    row("Huber", lambda z: F.huber_loss(z, Y))
    row("Huber", lambda z: F.huber_loss(z, Y, delta=0.3), delta=0.3)
    def poisson(z):
        return (F.poisson_nll_loss(z, P01, reduction="none") + torch.special.xlogy(P01, P01) - P01).sum(1)

    row("Poisson", lambda z: poisson(z).mean())
    row("Poisson", lambda z: mean(poisson(z), SAMPLE_WEIGHTS), sample_weights=SAMPLE_WEIGHTS)
    row("BinaryCrossEntropy", lambda z: binary(z).mean())
    row("BinaryCrossEntropy", lambda z: binary(z).sum(), reduction="Sum")
    row("BinaryCrossEntropy", lambda z: binary(z, 0.2).mean(), smoothing=0.2)
    row("BinaryCrossEntropy", lambda z: mean(binary(z), SAMPLE_WEIGHTS), sample_weights=SAMPLE_WEIGHTS)
    row("BinaryCrossEntropyProbability", lambda p: F.binary_cross_entropy(p, P01, reduction="none").sum(1).mean(),
        start=torch.sigmoid(Z))
    row("SoftmaxCrossEntropy", cross_entropy)
    row("SoftmaxCrossEntropy", lambda z: cross_entropy(z, reduction="sum"), reduction="Sum")
    row("SoftmaxCrossEntropy", lambda z: cross_entropy(z, label_smoothing=0.1), smoothing=0.1)
    row("SoftmaxCrossEntropy", lambda z: cross_entropy(z, weight=weights), class_weights=CLASS_WEIGHTS)
    row("SoftmaxCrossEntropy",
        lambda z: mean(cross_entropy(z, reduction="none"),
                       [CLASS_WEIGHTS[k] * w for k, w in zip(LABELS.tolist(), SAMPLE_WEIGHTS)]),
        class_weights=CLASS_WEIGHTS, sample_weights=SAMPLE_WEIGHTS)
    row("NegativeLogLikelihood", lambda p: F.nll_loss(torch.log(p), LABELS), start=torch.softmax(Z, 1))
    row("NegativeLogLikelihood", lambda p: F.nll_loss(torch.log(p), LABELS, weight=weights),
        class_weights=CLASS_WEIGHTS, start=torch.softmax(Z, 1))


if __name__ == "__main__":
    main()
