#!/usr/bin/env python3
"""The requests of a public client of the Open Inference Protocol, byte by byte as tritonclient.http (Python) sends them over one
connection, and the answers that it takes apart: health, metadata, configuration, inference with and without binary tensors."""
import argparse
import json
import pathlib
import struct
import tempfile

from serving import Connection, Server, train_models

AGENT = "User-Agent: Python/3 gevent-http-client-2\r\n"
ROW = [float(i * 7 % 17) for i in range(64)]


def check(condition, what):
    if not condition:
        raise AssertionError(what)


class Client:
    def __init__(self, connection):
        self.connection = connection

    def get(self, path):
        self.connection.send(f"GET {path} HTTP/1.1\r\nHost: localhost:{self.connection.port}\r\n{AGENT}\r\n".encode())
        return self.connection.receive()

    def infer(self, path, text, tensors=b""):
        body = text.encode() + tensors
        length = f"Inference-Header-Content-Length: {len(text)}\r\n" if tensors else ""
        self.connection.send(f"POST {path} HTTP/1.1\r\nHost: localhost:{self.connection.port}\r\n{AGENT}{length}"
                             f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return self.connection.receive()


def exactly(answer, status, value):
    check(answer[0] == status, answer)
    check(json.loads(answer[2]) == value, f"{answer[2]}; expected {value}")


def take_apart(answer):
    """As the client reads tensors: those with binary_data_size behind the JSON, in order; the others from "data"."""
    status, headers, body = answer
    check(status == 200, answer)
    length = int(headers.get("inference-header-content-length", len(body)))
    header, rest = json.loads(body[:length]), body[length:]
    tensors = {}
    for output in header["outputs"]:
        size = output.get("parameters", {}).get("binary_data_size")
        if size is None:
            tensors[output["name"]] = output["data"]
            continue
        piece, rest = rest[:size], rest[size:]
        if output["datatype"] == "FP64":
            tensors[output["name"]] = list(struct.unpack(f"<{size // 8}d", piece))
        else:
            texts = []
            while piece:
                (text_length,) = struct.unpack("<I", piece[:4])
                texts.append(piece[4:4 + text_length].decode())
                piece = piece[4 + text_length:]
            tensors[output["name"]] = texts
    check(rest == b"", f"{len(rest)} bytes are left")
    return header, tensors


def digits_metadata():
    return {"name": "digits", "versions": ["1"], "platform": "gradus_safetensors",
            "inputs": [{"name": "input", "datatype": "FP64", "shape": [-1, 64]}],
            "outputs": [{"name": "probabilities", "datatype": "FP64", "shape": [-1, 10]},
                        {"name": "label", "datatype": "BYTES", "shape": [-1]}]}


def described(client):
    check(client.get("/v2/health/live")[0] == 200, "live")
    check(client.get("/v2/health/ready")[0] == 200, "ready")
    check(client.get("/v2/models/digits/ready")[0] == 200, "model ready")
    check(client.get("/v2/models/digits/versions/1/ready")[0] == 200, "version ready")
    check(client.get("/v2/models/digits/versions/7/ready")[0] == 404, "a version that is not there")
    server = json.loads(client.get("/v2")[2])
    check(server["name"] == "gradus" and "binary_tensor_data" in server["extensions"], server)
    metadata = json.loads(client.get("/v2/models/digits")[2])
    expected = digits_metadata()
    expected["inputs"][0]["datatype"] = metadata["inputs"][0]["datatype"]
    check(metadata == expected and expected["inputs"][0]["datatype"] in ("FP32", "FP64"), metadata)
    config = json.loads(client.get("/v2/models/digits/config")[2])
    check(config["input"][0] == {"name": "input", "data_type": "TYPE_" + expected["inputs"][0]["datatype"], "dims": [64]}, config)


def inferred(client):
    path = "/v2/models/digits/infer"
    row = struct.pack("<64f", *ROW)
    binary = '{"name":"input","shape":[1,64],"datatype":"FP32","parameters":{"binary_data_size":256}}'
    plain = '{"name":"input","shape":[1,64],"datatype":"FP32","data":' + json.dumps(ROW).replace(" ", "") + "}"
    # No outputs named: the client asks for all of them as bytes.
    header, first = take_apart(client.infer(path, f'{{"inputs":[{binary}],"parameters":{{"binary_data_output":true}}}}', row))
    check(list(header) == ["model_name", "model_version", "outputs"], header)
    check([output["name"] for output in header["outputs"]] == ["probabilities", "label"], header)
    check(abs(sum(first["probabilities"]) - 1) < 1e-9 and len(first["label"]) == 1, first)
    check(int(first["label"][0]) == max(range(10), key=first["probabilities"].__getitem__), first)
    # The same by every other way.
    for text, tensors in (
            (f'{{"id":"my request","inputs":[{binary}],"outputs":[{{"name":"probabilities","parameters":{{"binary_data":true}}}}]}}', row),
            (f'{{"id":"my request","inputs":[{binary}],"outputs":[{{"name":"probabilities","parameters":{{"binary_data":false}}}}]}}', row),
            (f'{{"id":"my request","inputs":[{plain}],"outputs":[{{"name":"probabilities","parameters":{{"binary_data":true}}}}]}}', b""),
            (f'{{"id":"my request","inputs":[{plain}],"outputs":[{{"name":"probabilities","parameters":{{"binary_data":false}}}}]}}', b"")):
        header, tensors = take_apart(client.infer(path, text, tensors))
        check(header["id"] == "my request" and tensors == {"probabilities": first["probabilities"]}, (text, header))
    exactly(client.infer(path.replace("digits", "nothing"), f'{{"inputs":[{plain}]}}'), 404,
            {"error": "unknown model 'nothing'; known: digits, houses"})
    error = json.loads(client.infer(path, f'{{"inputs":[{plain.replace("1,64", "2,64")}]}}')[2])["error"]
    check(error == "reading the request: input 'input' has 64 elements in 'data'; its shape (2, 64) says 128", error)


def texts_inferred(client):
    colours = b"".join(struct.pack("<I", len(text)) + text for text in (b"red", b"blue"))
    text = ('{"inputs":[{"name":"area","shape":[2,1],"datatype":"FP64","parameters":{"binary_data_size":16}},'
            '{"name":"colour","shape":[2,1],"datatype":"BYTES","parameters":{"binary_data_size":%d}},'
            '{"name":"garden","shape":[2,1],"datatype":"BOOL","parameters":{"binary_data_size":2}}],'
            '"parameters":{"binary_data_output":true}}' % len(colours))
    _, tensors = take_apart(client.infer("/v2/models/houses/infer", text, struct.pack("<2d", 50, 60) + colours + b"\1\0"))
    with Connection(client.connection.port) as other:
        status, _, body = other.ask("POST", "/predict/houses", json.dumps([
            {"area": 50, "colour": "red", "garden": True}, {"area": 60, "colour": "blue", "garden": False}]).encode())
    check(status == 200, body)
    check(tensors["prediction"] == [record["prediction"] for record in json.loads(body)["predictions"]], (tensors, body))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    program = parser.parse_args().program.resolve()
    with tempfile.TemporaryDirectory() as folder:
        train_models(program, pathlib.Path(folder))
        with Server(program, folder) as server, Connection(server.port) as connection:
            client = Client(connection)
            described(client)
            inferred(client)
            texts_inferred(client)


if __name__ == "__main__":
    main()
