#!/usr/bin/env python3
"""Requests per second of `gradus serve` on loopback: one row of a 784-64-10 network each, client and server on the same processors.

    bench/serve/run.py build/gradus [--seconds 5] [--connections 32]

For binary tensors and for JSON: as fast as the server answers, then at the rate that the requirement halves (10,000 and 3,000
requests a second) with its 99th percentile. Wants wrk. A shared machine gives figures of that machine's guests.
"""
import argparse
import json
import math
import pathlib
import random
import re
import struct
import subprocess
import tempfile

HERE = pathlib.Path(__file__).parent
HALF_RATES = {"binary": 10_000, "json": 3_000}


def write_model(path):
    """784-64-10 with random weights, as another program would save it."""
    draw = random.Random(1)
    header, body = {}, b""
    for name, shape in {"0.weight": [64, 784], "0.bias": [64], "2.weight": [10, 64], "2.bias": [10]}.items():
        count = math.prod(shape)
        scale = shape[-1] ** -0.5
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(body), len(body) + 4 * count]}
        body += struct.pack(f"<{count}f", *(draw.gauss(0, scale) for _ in range(count)))
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def measure(url, form, seconds, connections, threads, pause):
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s", str(HERE / "infer.lua"), url, "--", form, str(pause)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return json.loads(lines[-1])


def measure_at(rate, url, form, args):
    """Near that many requests a second: wrk can only pause, by about so many milliseconds, so the pause is tried out."""
    pause = args.connections / rate * 1000
    for _ in range(4):
        tried = measure(url, form, 1, args.connections, args.threads, pause)
        pause = max(pause + 1000 * args.connections * (1 / rate - 1 / tried["requests_per_second"]), 0.01)
    return measure(url, form, args.seconds, args.connections, args.threads, pause)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1, help="of wrk")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "wide.safetensors"
        write_model(model)
        server = subprocess.Popen([args.program, "serve", model, "--access-log", "none"], stdout=subprocess.PIPE, text=True)
        try:
            address = re.search(r"http://[^/]+", server.stdout.readline()).group()
            url = f"{address}/v2/models/wide/infer"
            for form, rate in HALF_RATES.items():
                measure(url, form, 1, args.connections, args.threads, 0)  # warm
                full = measure(url, form, args.seconds, args.connections, args.threads, 0)
                half = measure_at(rate, url, form, args)
                for what, result in (("full", full), ("half", half)):
                    print(f"{form:6} {what}  {result['requests_per_second']:8,} requests/s  p50 {result['p50_ms']:.2f} ms  "
                          f"p99 {result['p99_ms']:.2f} ms  max {result['max_ms']:.1f} ms  errors {result['errors']}")
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
