"""JAX: the steps of an epoch are one compiled lax.scan."""
import functools

import jax
import jax.numpy as jnp

from works import BETA1, BETA2, EPSILON, MOMENTUM


def loss_of(layers, x, labels):
    for w, b in layers[:-1]:
        x = jax.nn.sigmoid(x @ w + b)
    w, b = layers[-1]
    logarithms = jax.nn.log_softmax(x @ w + b)
    return -jnp.take_along_axis(logarithms, labels[:, None], axis=1).mean()


def momentum(state, gradients, rate):
    layers, velocity = state
    velocity = jax.tree.map(lambda v, g: MOMENTUM * v + g, velocity, gradients)
    return jax.tree.map(lambda w, v: w - rate * v, layers, velocity), velocity


def adam(state, gradients, rate):
    layers, m, v, power1, power2 = state
    power1, power2 = power1 * BETA1, power2 * BETA2
    m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, m, gradients)
    v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, v, gradients)
    size, root = rate / (1 - power1), jnp.sqrt(1 - power2)
    layers = jax.tree.map(lambda w, m, v: w - size * m / (jnp.sqrt(v) / root + EPSILON), layers, m, v)
    return layers, m, v, power1, power2


class Training:
    VARIANTS = ("jit and scan",)

    def __init__(self, task, variant, threads):  # XLA has its threads from the environment
        work, steps = task.work, len(task.x) // task.work.batch
        self.batches = (jnp.asarray(task.x).reshape(steps, work.batch, -1),
                        jnp.asarray(task.labels.astype("int32")).reshape(steps, work.batch))
        layers = [(jnp.asarray(w.T), jnp.asarray(b)) for w, b in task.layers]
        zeros = functools.partial(jax.tree.map, jnp.zeros_like)
        self.state = (layers, zeros(layers)) if work.optimizer == "momentum" else (
            layers, zeros(layers), zeros(layers), jnp.float32(1), jnp.float32(1))
        update = momentum if work.optimizer == "momentum" else adam

        def step(state, batch):
            loss, gradients = jax.value_and_grad(loss_of)(state[0], *batch)
            return update(state, gradients, work.learning_rate), loss

        self.scan = jax.jit(lambda state, batches: jax.lax.scan(step, state, batches), donate_argnums=0)

    @staticmethod
    def version():
        return f"JAX {jax.__version__}"

    def train(self, epochs):
        for _ in range(epochs):
            self.state, losses = self.scan(self.state, self.batches)
        return losses.block_until_ready()

    def losses(self):
        return [float(loss) for loss in self.train(1)]
