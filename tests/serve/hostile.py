#!/usr/bin/env python3
"""Ten thousand hostile requests against `gradus serve`, with valid ones between them that must be answered as at the beginning.

No request changes anything: the models, their files and their versions are the same at the end, the memory is flat, and the
program ends as it should. The requests are drawn from a fixed seed."""
import argparse
import collections
import hashlib
import json
import pathlib
import random
import socket
import struct
import tempfile
import threading

from serving import Connection, Server, train_models

REQUESTS = 10_000
WARM = 2_000  # after which the memory is looked at for the first time
SENDERS = 6
SLOW_SENDERS = 12
GROWTH = 24 << 20
INFER = "/v2/models/digits/infer"
HEADER = '{"inputs":[{"name":"input","shape":[1,64],"datatype":"FP32","parameters":{"binary_data_size":256}}]}'
ROW = struct.pack("<64f", *(float(i % 17) for i in range(64)))
RECORD = b'{"area":50,"colour":"red","garden":true}'


def tensor(**changed):
    fields = {"name": "input", "shape": [1, 64], "datatype": "FP32", "data": [1] * 64}
    fields.update(changed)
    return json.dumps({"inputs": [fields]}).encode()


# Each returns (path, body, headers) of a request that must be refused with a 4xx.

def bad_json(draw):
    text = bytearray(tensor())
    for _ in range(draw.randrange(1, 4)):
        text[draw.randrange(len(text))] = draw.choice(b'{}[]",:\\\0\xffeN')
    return INFER, bytes(text), {"Inference-Header-Content-Length": str(draw.randrange(1, len(text)))}


def cut_json(draw):
    text = tensor()
    return INFER, text[:draw.randrange(len(text) - 1)], {}


def wrong_shape(draw):
    shape = draw.choice([[1, 63], [64], [], [0, 64], [8, 8], [1, -64], [2, 64], [1, 64, 1], [2 ** 62, 64], [2 ** 64, 1],
                         [2 ** 32, 2 ** 32, 64], [1.5, 64], ["1", 64], [[1], 64], None, [1] * 100])
    return INFER, tensor(shape=shape), {}


def huge_number(draw):
    number = draw.choice(["1e999", "-1e999", "1e39", "9" * 5000, "1e-" + "9" * 400 + "x", "NaN", "Infinity", "-Infinity", "0x10", "01"])
    return INFER, tensor().replace(b"[1, 1, 1", b"[1, " + number.encode() + b", 1"), {}


def cut_binary(draw):
    return INFER, HEADER.encode() + ROW[:draw.randrange(256)], {"Inference-Header-Content-Length": str(len(HEADER))}


def not_finite(draw):
    row = bytearray(ROW)
    place = 4 * draw.randrange(64)
    row[place:place + 4] = struct.pack("<f", draw.choice([float("nan"), float("inf"), float("-inf")]))
    return INFER, HEADER.encode() + bytes(row), {"Inference-Header-Content-Length": str(len(HEADER))}


def lying_length(draw):
    length = draw.choice(["0", "-1", "1e3", "abc", "99999999999999999999", "18446744073709551615", str(len(HEADER) - 1),
                          str(len(HEADER) + 1), str(len(HEADER) + 257), " 5", "0x10"])
    return INFER, HEADER.encode() + ROW, {"Inference-Header-Content-Length": length}


def lying_size(draw):
    size = draw.choice([0, 255, 257, 2 ** 31, 2 ** 63, 2 ** 64, -1, "256", None, 256.0, True])
    header = json.dumps({"inputs": [{"name": "input", "shape": [1, 64], "datatype": "FP32", "parameters": {"binary_data_size": size}}]})
    if size == 256.0:
        header = header.replace("256.0", "2.56e2")
    return INFER, header.encode() + ROW, {"Inference-Header-Content-Length": str(len(header))}


def deep(draw):
    opening = draw.choice([b"[", b'{"a":', b'{"inputs":[', b"[[[[{\"a\":"])
    body = opening * (100_000 // len(opening))
    path = draw.choice([INFER, "/predict/houses"])
    return path, draw.choice([b"", b'{"inputs":', b'{"parameters":{"a":']) + body, {}


def twice(draw):
    text = draw.choice([b'{"inputs":[],"inputs":[]}', tensor().replace(b'"name"', b'"name": "x", "name"'),
                        tensor().replace(b'"data"', b'"data": [1], "data"'), tensor().replace(b'"shape"', b'"shape": [1], "shape"')])
    return INFER, text, {}


def wrong_texts(draw):
    lengths = draw.choice([b"\xff\xff\xff\xff", b"\4\0\0\0", b"\0\0\0\1", b"\2\0\0\0"])
    header = ('{"inputs":[{"name":"area","shape":[1],"datatype":"FP64","data":[1]},{"name":"garden","shape":[1],"datatype":"BOOL",'
              '"data":[true]},{"name":"colour","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":7}}]}')
    return "/v2/models/houses/infer", header.encode() + lengths + b"red", {"Inference-Header-Content-Length": str(len(header))}


def wrong_record(draw):
    body = draw.choice([b"[]", b"1", b"null", b'{"aera":1}', b'{"area":1,"area":1}', b'{"area":{},"colour":"red","garden":true}',
                        b'{"area":1e999,"colour":"red","garden":true}', b"[" + RECORD + b",{}]", RECORD + RECORD, b"\xff\xfe{}",
                        b'{"' + b"x" * 200_000 + b'":1}', b"[" * 33 + b"]" * 33, b'{"area":"\\ud800","colour":"red","garden":true}'])
    return "/predict/houses", body, {}


def cross_origin(draw):
    origin = draw.choice(["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1.evil.example", "file://"])
    return draw.choice(["/predict/houses", INFER]), RECORD, {"Origin": origin}


def rebinding(draw):
    host = draw.choice(["evil.example", "evil.example:80", "127.0.0.1", "localhost:1", "", "127.0.0.1:99999", "[::1]", "0.0.0.0:80"])
    return "/predict/houses", RECORD, {"Host": host}


def path_trick(draw):
    path = draw.choice(["/v2/models/../../etc/passwd/infer", "/v2/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd/infer", "/v2/models//infer",
                        "/predict/..%00", "/predict/digits.safetensors", "/predict//digits", "/v2/models/digits;/infer",
                        "/v2/models/digits/versions/../infer", "/predict/%ff%fe", "/v2/models/digits/versions/-1/infer", "/" + "a" * 5000])
    return path, RECORD, {}


def odd_header(draw):
    headers = draw.choice([{"Transfer-Encoding": "chunked"}, {"Content-Encoding": "gzip"}, {"Range": "bytes=0-1,0-1"},
                           {"Content-Length": "99999999999"}, {"Content-Length": "-1"}, {"Content-Length": "1e3"}, {"A": "b" * 20_000}])
    return "/predict/houses", RECORD, headers


def wrong_method(draw):
    return draw.choice(["/metrics", "/v2", "/openapi.json", "/v2/models/digits", "/nothing"]), b"", {}


KINDS = [bad_json, cut_json, wrong_shape, huge_number, cut_binary, not_finite, lying_length, lying_size, deep, twice, wrong_texts,
         wrong_record, cross_origin, rebinding, path_trick, odd_header, wrong_method]


def no_http(draw):
    """Bytes that are no request at all; nothing is expected but that it hurts nobody."""
    return draw.choice([b"\r\n\r\n", b"\x16\x03\x01\x02\0\x01", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\0" * 300 + b"\r\n\r\n",
                        b"POST /predict HTTP/1.1\r\nHost\r\n\r\n", b"A" * 50_000, b"POST /predict HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"])


def valid(port):
    """The answers to two valid requests: bytes of probabilities, and a record's prediction."""
    with Connection(port) as connection:
        infer = connection.ask("POST", INFER, HEADER.encode() + ROW, **{"Inference-Header-Content-Length": str(len(HEADER))})
        record = connection.ask("POST", "/predict/houses", RECORD)
    assert infer and infer[0] == 200, infer
    assert record and record[0] == 200, record
    return infer[2], record[2]


class Senders:
    """Threads that send their share and keep what went wrong."""

    def __init__(self, port):
        self.port = port
        self.expected = valid(port)
        self.wrong = []
        self.seen = collections.Counter()  # of kinds and what became of them

    def attack(self, draw):
        if draw.randrange(20) == 0:
            with socket.create_connection(("127.0.0.1", self.port)) as other:
                other.sendall(no_http(draw))
            return
        kind = draw.choice(KINDS)
        path, body, headers = kind(draw)
        with Connection(self.port) as connection:
            try:
                answer = connection.ask("POST", path, body, **headers)
            except (BrokenPipeError, ConnectionResetError):
                answer = None  # refused before all of it was read
        self.seen[kind.__name__, answer and answer[0]] += 1
        if answer is not None and not 400 <= answer[0] < 500:
            self.wrong.append((kind.__name__, path[:80], body[:200], headers, answer[0], answer[2][:200]))

    def work(self, seed, count):
        draw = random.Random(seed)
        try:
            for i in range(count):
                self.attack(draw)
                if i % 50 == 0 and valid(self.port) != self.expected:
                    self.wrong.append("a valid request was answered otherwise")
        except Exception as error:  # a thread's exception would otherwise be lost
            self.wrong.append(repr(error))

    def run(self, seed, count):
        threads = [threading.Thread(target=self.work, args=(seed + i, count // SENDERS + 1)) for i in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not self.wrong, f"{len(self.wrong)} went wrong, the first: {self.wrong[0]}"


class SlowSenders:
    """Connections that let their bytes drip, all the time."""

    def __init__(self, port):
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.drip, args=(port,)) for _ in range(SLOW_SENDERS)]
        for thread in self.threads:
            thread.start()

    def drip(self, port):
        while not self.ended.is_set():
            with socket.create_connection(("127.0.0.1", port)) as connection:
                try:
                    connection.sendall(f"POST {INFER} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 1000000\r\n\r\n".encode())
                    while not self.ended.wait(0.2):
                        connection.sendall(b"[")
                except OSError:
                    pass  # sent away; comes again

    def end(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()


def state(port, folder):
    with Connection(port) as connection:
        described = [connection.ask("GET", path)[2] for path in ("/", "/v2", "/v2/models/digits", "/v2/models/houses")]
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.*"))}
    return described, files


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, required=True)
    program = parser.parse_args().program.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        train_models(program, folder)
        with Server(program, folder) as server:
            before = state(server.port, folder)
            senders = Senders(server.port)
            slow = SlowSenders(server.port)
            try:
                senders.run(1, WARM)
                memory = server.memory()
                senders.run(100, REQUESTS - WARM)
                grown = server.memory() - memory
            finally:
                slow.end()
            assert state(server.port, folder) == before, "the state changed"
            assert valid(server.port) == senders.expected, "a valid request is answered otherwise"
            assert grown < GROWTH, f"the memory grew by {grown} bytes, from {memory}"
            unanswered = {kind.__name__ for kind in KINDS} - {kind for kind, status in senders.seen if status}
            assert not unanswered, f"never answered: {unanswered}"
            print(f"{REQUESTS} hostile requests; memory {memory >> 20} MiB, grown by {grown >> 10} KiB")


if __name__ == "__main__":
    main()
