"""scikit-learn's MLPClassifier, started from given weights by overwriting those of a first short fit."""
import warnings

import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from works import BETA1, BETA2, CHECK_STEPS, EPSILON, MOMENTUM

warnings.simplefilter("ignore", ConvergenceWarning)


class Training:
    VARIANTS = ("fit",)

    def __init__(self, task, variant, threads):  # BLAS has its threads from the environment
        work = task.work
        self.x, self.labels, self.batch = task.x, task.labels, work.batch
        self.model = MLPClassifier(
            hidden_layer_sizes=work.widths[1:-1], activation="logistic", alpha=0, shuffle=False, batch_size=work.batch,
            solver="sgd" if work.optimizer == "momentum" else "adam", learning_rate_init=work.learning_rate,
            momentum=MOMENTUM, nesterovs_momentum=False, beta_1=BETA1, beta_2=BETA2, epsilon=EPSILON,
            max_iter=1, tol=0, n_iter_no_change=1_000_000)
        check = CHECK_STEPS * work.batch
        self.model.fit(self.x[:check], self.labels[:check])
        for ours, (w, _) in zip(self.model.coefs_, task.layers):
            ours[...] = w.T
        for ours, (_, b) in zip(self.model.intercepts_, task.layers):
            ours[...] = b
        del self.model._optimizer  # its moments

    @staticmethod
    def version():
        return f"scikit-learn {sklearn.__version__}"

    def train(self, epochs):
        self.model.set_params(max_iter=epochs, warm_start=True).fit(self.x, self.labels)

    def losses(self):
        """By partial_fit, which runs the loop of fit for one batch and costs several times as much."""
        losses = []
        for step, at in enumerate(range(0, len(self.x), self.batch), start=1):
            self.place_epsilon(EPSILON * (1 - BETA2**step) ** 0.5)
            self.model.partial_fit(self.x[at:at + self.batch], self.labels[at:at + self.batch])
            losses.append(float(self.model.loss_))
        return losses

    def place_epsilon(self, epsilon):
        """Its Adam adds epsilon before the root is corrected, the others after; scaled by step it is the same formula."""
        self.model.set_params(epsilon=epsilon)
        if hasattr(self.model, "_optimizer"):
            self.model._optimizer.epsilon = epsilon
