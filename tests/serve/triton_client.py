#!/usr/bin/env python3
"""NVIDIA's own Python client of the Open Inference Protocol at `gradus serve`; skipped where `tritonclient[http]` is not installed.

    python3 tests/serve/triton_client.py --program build/gradus
"""
import argparse
import pathlib
import sys
import tempfile

from serving import Server, train_models

SKIPPED = 77


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def answers(client, http, rows, binary):
    """{output: array} of an inference with binary tensors or without."""
    tensor = http.InferInput("input", list(rows.shape), "FP32")
    tensor.set_data_from_numpy(rows, binary_data=binary)
    wanted = [http.InferRequestedOutput(name, binary_data=binary) for name in ("probabilities", "label")]
    result = client.infer("digits", [tensor], outputs=wanted, request_id="7")
    check(result.get_response()["id"] == "7", "the request's id comes back")
    return {name: result.as_numpy(name) for name in ("probabilities", "label")}


def talk(client, http, numpy, error):
    check(client.is_server_live() and client.is_server_ready() and client.is_model_ready("digits"), "health")
    check("binary_tensor_data" in client.get_server_metadata()["extensions"], "extensions")
    check(client.get_model_metadata("digits")["inputs"] == [{"name": "input", "datatype": "FP32", "shape": [-1, 64]}], "metadata")
    rows = (numpy.arange(192, dtype=numpy.float32) % 17).reshape(3, 64)
    packed, written = answers(client, http, rows, True), answers(client, http, rows, False)
    check(numpy.array_equal(packed["probabilities"], written["probabilities"]), "both forms have the same numbers")
    # The client leaves texts of binary tensors as bytes.
    check([label.decode() for label in packed["label"]] == list(written["label"]), "both forms have the same labels")
    for name, shape in (("nothing", (1, 64)), ("digits", (1, 5))):
        tensor = http.InferInput("input", list(shape), "FP32")
        tensor.set_data_from_numpy(numpy.zeros(shape, numpy.float32))
        try:
            client.infer(name, [tensor])
        except error as refusal:
            check(refusal.status() in ("400", "404"), refusal.status())
        else:
            raise AssertionError(f"{name} {shape} was not refused")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    program = pathlib.Path(parser.parse_args().program).resolve()
    try:
        import numpy
        import tritonclient.http as http
        from tritonclient.utils import InferenceServerException
    except ImportError as missing:
        print(f"skipped: {missing}")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        train_models(program, pathlib.Path(folder))
        with Server(program, folder) as server, http.InferenceServerClient(f"127.0.0.1:{server.port}") as client:
            talk(client, http, numpy, InferenceServerException)
    print("tritonclient.http and gradus serve understand each other")
    return 0


if __name__ == "__main__":
    sys.exit(main())
