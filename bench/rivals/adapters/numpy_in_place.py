"""NumPy written well: float32, every array made once, products into place, parameters in one block updated by pieces that
stay in the cache."""
import numpy as np

from works import BETA1, BETA2, EPSILON, MOMENTUM

PIECE = 16_384  # parameters updated at a time: four arrays of 64 KB


class Training:
    VARIANTS = ("in place",)

    def __init__(self, task, variant, threads):  # BLAS has its threads from the environment
        self.work, self.x, self.labels = task.work, task.x, task.labels
        widths, B = task.work.widths, task.work.batch
        block = np.concatenate([part for w, b in task.layers for part in (w.T.ravel(), b)])
        self.parameters, self.gradient = block, np.zeros_like(block)
        self.layers, self.gradients = self.views(block, widths), self.views(self.gradient, widths)
        self.state = [np.zeros_like(block) for _ in range(1 if task.work.optimizer == "momentum" else 2)]
        self.pieces = [[array[at:at + PIECE] for array in (block, self.gradient, *self.state)]
                       for at in range(0, len(block), PIECE)]
        self.scratch = np.empty(PIECE, np.float32)
        self.outputs = [np.empty((B, width), np.float32) for width in widths[1:]]
        self.deltas = [np.empty((B, width), np.float32) for width in widths[1:]]
        self.ones, self.rows, self.column = np.ones(B, np.float32), np.arange(B), np.empty((B, 1), np.float32)
        self.update = getattr(self, task.work.optimizer)
        self.beta1, self.beta2 = 1.0, 1.0  # their powers

    @staticmethod
    def version():
        return f"NumPy {np.__version__}"

    @staticmethod
    def views(block, widths):
        """Weight (inputs, outputs) and bias of each layer within the block."""
        views, at = [], 0
        for inputs, outputs in zip(widths, widths[1:]):
            bias = at + inputs * outputs
            views.append((block[at:bias].reshape(inputs, outputs), block[bias:bias + outputs]))
            at = bias + outputs
        return views

    def forward(self, x):
        """Fills the outputs of all layers; the last are logits less their row's largest."""
        below = x
        for (w, b), z in zip(self.layers, self.outputs):
            np.dot(below, w, out=z)
            z += b
            if z is not self.outputs[-1]:
                np.negative(z, out=z)
                np.exp(z, out=z)
                z += 1
                np.reciprocal(z, out=z)
            below = z
        np.max(z, axis=1, keepdims=True, out=self.column)
        z -= self.column

    def loss(self, labels):
        """Mean loss of the batch; leaves its gradient in the last delta."""
        z, dz = self.outputs[-1], self.deltas[-1]
        np.exp(z, out=dz)
        np.sum(dz, axis=1, keepdims=True, out=self.column)
        dz /= self.column
        loss = (np.log(self.column[:, 0]) - z[self.rows, labels]).mean()
        dz[self.rows, labels] -= 1
        dz *= 1 / self.work.batch
        return loss

    def backward(self, x):
        for k in reversed(range(len(self.layers))):
            below = self.outputs[k - 1] if k else x
            dw, db = self.gradients[k]
            np.dot(below.T, self.deltas[k], out=dw)
            np.dot(self.ones, self.deltas[k], out=db)
            if k:
                d_below = self.deltas[k - 1]
                np.dot(self.deltas[k], self.layers[k][0].T, out=d_below)
                d_below *= below
                np.subtract(1, below, out=below)
                d_below *= below

    def momentum(self):
        for w, g, v in self.pieces:
            v *= MOMENTUM
            v += g
            np.multiply(v, self.work.learning_rate, out=g)
            w -= g

    def adam(self):
        self.beta1, self.beta2 = self.beta1 * BETA1, self.beta2 * BETA2
        rate, root = self.work.learning_rate / (1 - self.beta1), (1 - self.beta2) ** -0.5
        for w, g, m, v in self.pieces:
            part = self.scratch[:len(g)]
            m *= BETA1
            np.multiply(g, 1 - BETA1, out=part)
            m += part
            v *= BETA2
            g *= g
            g *= 1 - BETA2
            v += g
            np.sqrt(v, out=g)
            g *= root
            g += EPSILON
            np.divide(m, g, out=g)
            g *= rate
            w -= g

    def epoch(self):
        """One pass over the rows; the losses of its steps."""
        losses = []
        with np.errstate(over="ignore"):  # exp(-z) may be infinite: the sigmoid is 0
            for at in range(0, len(self.x), self.work.batch):
                x, labels = self.x[at:at + self.work.batch], self.labels[at:at + self.work.batch]
                self.forward(x)
                losses.append(self.loss(labels))
                self.backward(x)
                self.update()
        return losses

    def train(self, epochs):
        for _ in range(epochs):
            self.epoch()

    def losses(self):
        return [float(loss) for loss in self.epoch()]
