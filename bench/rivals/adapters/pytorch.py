"""PyTorch: eager, compiled, and for predictions alone."""
import torch

from works import BETA1, BETA2, EPSILON, MOMENTUM


def sequential(layers):
    """nn.Sequential of Linear and Sigmoid with these weights; its outputs are logits."""
    modules = []
    for w, b in layers:
        linear = torch.nn.Linear(w.shape[1], w.shape[0])
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(w))
            linear.bias.copy_(torch.from_numpy(b))
        modules += [linear, torch.nn.Sigmoid()]
    return torch.nn.Sequential(*modules[:-1])


def optimizer_of(work, parameters, fused):
    if work.optimizer == "momentum":
        return torch.optim.SGD(parameters, work.learning_rate, momentum=MOMENTUM, fused=fused)
    return torch.optim.Adam(parameters, work.learning_rate, betas=(BETA1, BETA2), eps=EPSILON, fused=fused)


class Training:
    """What eager and compiled share; `step(x, labels)` of a subclass trains on a batch and returns its loss."""

    def __init__(self, task, variant, threads):
        if threads:
            torch.set_num_threads(threads)
        self.work = task.work
        self.x, self.labels = torch.from_numpy(task.x), torch.from_numpy(task.labels)
        self.step = self.make_step(task, variant)

    @staticmethod
    def version():
        return f"PyTorch {torch.__version__}"

    def epoch(self):
        losses = []
        for at in range(0, len(self.x), self.work.batch):
            losses.append(self.step(self.x[at:at + self.work.batch], self.labels[at:at + self.work.batch]))
        return losses

    def train(self, epochs):
        for _ in range(epochs):
            self.epoch()

    def losses(self):
        return [loss.item() for loss in self.epoch()]


class Eager(Training):
    VARIANTS = ("its own defaults", "fused optimizer")

    def make_step(self, task, variant):
        model = sequential(task.layers)
        optimizer = optimizer_of(task.work, model.parameters(), fused=variant == "fused optimizer" or None)

        def step(x, labels):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(x), labels)
            loss.backward()
            optimizer.step()
            return loss.detach()
        return step


class Compiled(Training):
    VARIANTS = ("compiled loss, fused optimizer", "whole step in one graph")

    def make_step(self, task, variant):
        if variant == "whole step in one graph":
            return self.one_graph(task)
        model = sequential(task.layers)
        loss_of = torch.compile(lambda x, labels: torch.nn.functional.cross_entropy(model(x), labels), dynamic=False)
        optimizer = optimizer_of(task.work, model.parameters(), fused=True)

        def step(x, labels):
            optimizer.zero_grad()
            loss = loss_of(x, labels)
            loss.backward()
            optimizer.step()
            return loss.detach()
        return step

    @staticmethod
    def one_graph(task):
        """Forward, gradient and update as one function of tensors."""
        model, rate = sequential(task.layers), task.work.learning_rate
        parameters = {name: parameter.detach() for name, parameter in model.named_parameters()}
        first = {name: torch.zeros_like(parameter) for name, parameter in parameters.items()}
        second = {name: torch.zeros_like(parameter) for name, parameter in parameters.items()}
        powers = torch.ones(2, dtype=torch.float64)  # of the betas
        betas = torch.tensor([BETA1, BETA2], dtype=torch.float64)

        def loss_of(values, x, labels):
            return torch.nn.functional.cross_entropy(torch.func.functional_call(model, values, (x,)), labels)

        def momentum(gradients):
            for name, w in parameters.items():
                w.sub_(rate * first[name].mul_(MOMENTUM).add_(gradients[name]))

        def adam(gradients):
            powers.mul_(betas)
            size, root = (rate / (1 - powers[0])).float(), torch.sqrt(1 - powers[1]).float()
            for name, w in parameters.items():
                m, v, g = first[name], second[name], gradients[name]
                m.mul_(BETA1).add_(g, alpha=1 - BETA1)
                v.mul_(BETA2).addcmul_(g, g, value=1 - BETA2)
                w.sub_(size * m / (v.sqrt() / root + EPSILON))

        update = momentum if task.work.optimizer == "momentum" else adam

        @torch.compile(dynamic=False, fullgraph=True)
        def step(x, labels):
            gradients, loss = torch.func.grad_and_value(loss_of)(parameters, x, labels)
            update(gradients)
            return loss
        return step


class Inference:
    VARIANTS = ("eager", "compiled")

    def __init__(self, layers, x, variant, threads):
        if threads:
            torch.set_num_threads(threads)
        self.x = torch.from_numpy(x)
        self.model = torch.nn.Sequential(sequential(layers), torch.nn.Softmax(dim=1)).eval()
        if variant == "compiled":
            self.model = torch.compile(self.model, dynamic=False)

    version = Training.version

    def predict(self, calls):
        with torch.inference_mode():
            for _ in range(calls):
                outputs = self.model(self.x)
        return outputs.numpy()
