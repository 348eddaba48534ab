"""gradus' predictions in this process, called through ctypes as the others are called from Python.

The library, named by GRADUS_BENCH_LIBRARY, exports
    void* gradus_bench_load(const char* model_path);
    int gradus_bench_predict(void* model, const float* x, size_t rows, float* probabilities);   0: done
    void gradus_bench_free(void* model);
"""
import ctypes
import os

import numpy as np

LIBRARY = ctypes.CDLL(os.environ["GRADUS_BENCH_LIBRARY"])
LIBRARY.gradus_bench_load.restype = ctypes.c_void_p
LIBRARY.gradus_bench_load.argtypes = [ctypes.c_char_p]
LIBRARY.gradus_bench_predict.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
LIBRARY.gradus_bench_free.argtypes = [ctypes.c_void_p]


class Inference:
    VARIANTS = ("ctypes",)

    def __init__(self, layers, x, variant, threads, model):
        self.model = LIBRARY.gradus_bench_load(str(model).encode())
        if not self.model:
            raise RuntimeError(f"gradus_bench_load cannot read {model}")
        self.x, self.probabilities = x, np.empty((len(x), len(layers[-1][1])), np.float32)

    @staticmethod
    def version():
        return "gradus library"

    def predict(self, calls):
        predict, model, rows = LIBRARY.gradus_bench_predict, self.model, len(self.x)
        x, probabilities = self.x.ctypes.data, self.probabilities.ctypes.data
        for _ in range(calls):
            if predict(model, x, rows, probabilities):
                raise RuntimeError("gradus_bench_predict failed")
        return self.probabilities

    def __del__(self):
        LIBRARY.gradus_bench_free(self.model)
