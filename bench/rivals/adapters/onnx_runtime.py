"""ONNX Runtime: predictions alone, from a model made of the same arrays."""
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def model_of(layers):
    """The network as ONNX: Gemm and Sigmoid, Softmax at the end."""
    nodes, tensors, below = [], [], "x"
    for k, (w, b) in enumerate(layers):
        last = k == len(layers) - 1
        tensors += [numpy_helper.from_array(w, f"w{k}"), numpy_helper.from_array(b, f"b{k}")]
        nodes.append(helper.make_node("Gemm", [below, f"w{k}", f"b{k}"], [f"z{k}"], transB=1))
        below = "probabilities" if last else f"y{k}"
        nodes.append(helper.make_node("Softmax" if last else "Sigmoid", [f"z{k}"], [below]))
    inputs, outputs = layers[0][0].shape[1], layers[-1][0].shape[0]
    graph = helper.make_graph(
        nodes, "network", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", inputs])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["rows", outputs])], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


class Inference:
    VARIANTS = ("run", "bound buffers")

    def __init__(self, layers, x, variant, threads):
        options = onnxruntime.SessionOptions()
        if threads:
            options.intra_op_num_threads = options.inter_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(model_of(layers), options, providers=["CPUExecutionProvider"])
        self.x, self.probabilities = x, np.empty((len(x), len(layers[-1][1])), np.float32)
        self.binding = self.bind() if variant == "bound buffers" else None

    @staticmethod
    def version():
        return f"ONNX Runtime {onnxruntime.__version__}"

    def bind(self):
        binding = self.session.io_binding()
        for name, array, bind in (("x", self.x, binding.bind_input),
                                  ("probabilities", self.probabilities, binding.bind_output)):
            bind(name, "cpu", 0, np.float32, array.shape, array.ctypes.data)
        return binding

    def predict(self, calls):
        if self.binding:
            for _ in range(calls):
                self.session.run_with_iobinding(self.binding)
            return self.probabilities
        for _ in range(calls):
            outputs = self.session.run(None, {"x": self.x})
        return outputs[0]
