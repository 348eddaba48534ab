#!/usr/bin/env python3
"""Files made to take much more memory than they have bytes: each repeats what is short in a file and long in memory, or claims what is
not there. fuzz_replay, which this runs over them, fails where one takes more than twice its bytes (or those of what was read) and
16 MB.

    memory.py --replay build/tests/fuzz/fuzz_replay --corpus build/tests/fuzz/corpus

The corpus is that of make_corpus.py: its sound model is what texts are put into."""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

from corpus.arrays import idx, npy
from corpus.cases import Corpus, gzip
from corpus.containers import Entry, zip64_end, zipped
from corpus.models import packed, split, tensor
from corpus.onnx_files import GEMM, W, field, file, graph

MB = 1 << 20


def arrays(corpus):
    noise = random.Random(1).randbytes(2 * MB)
    corpus.add("idx", "claims_2_gigabytes", gzip(idx([2 ** 31], noise)), "bad_data", "it ends at byte")
    corpus.add("idx", "zeros", gzip(idx([64 * MB], bytes(64 * MB))))
    corpus.add("gzip", "zeros", gzip(bytes(64 * MB)))
    corpus.add("npy", "bytes", npy(descr="'|i1'", shape=f"({8 * MB},)", data=bytes(8 * MB)))
    corpus.add("npy", "texts", npy(descr="'|S1'", shape=f"({2 * MB},)", data=b"a" * 2 * MB))
    corpus.add("npy", "header", npy(version=2, header="{'descr': '" + "x" * 16 * MB), "bad_data", "a text in quotes")
    corpus.add("zip", "claims_gigabytes", zipped(Entry("a", noise, deflated=True, size=1000 * len(noise))), "bad_data", "are damaged")
    corpus.add("zip", "zeros", zipped(Entry("a", bytes(64 * MB), deflated=True)))
    entries = zipped(*(Entry(f"{i}", b"") for i in range(65_000)))
    corpus.add("zip", "entries", entries)
    at, end = entries.index(b"PK\1\2"), entries.index(b"PK\5\6")
    corpus.add("zip", "entries_million", zip64_end(entries[:at], entries[at:end] * 16, 65_000 * 16), "unsupported", "entries; at most")


def texts(corpus, sound):
    header = lambda text: packed(text.encode())
    numbers = "[" + "0," * (4 * MB) + "0]"
    corpus.add("safetensors", "tensors", header("{" + ",".join(f'"{i}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}' for i in range(200_000)) + "}"), "bad_data", "more than 50000 values")
    corpus.add("safetensors", "sizes", header('{"a":{"dtype":"F32","data_offsets":[0,0],"shape":' + numbers + "}}"), "bad_data", "more than 50000 values")
    corpus.add("safetensors", "metadata", header('{"__metadata__":{' + ",".join(f'"{i}":""' for i in range(500_000)) + "}}"), "bad_data", "more than 50000 values")
    corpus.add("safetensors", "long_text", header('{"__metadata__":{"a":"' + "x" * 24 * MB + '"}}'))
    corpus.add("safetensors", "objects", header('{"a":[' + "{}," * (2 * MB) + "{}]}"), "bad_data", "exactly dtype, shape and data_offsets")
    parsed, data = split(sound)
    for key, text in (("network", '{"layers":' + numbers + "}"), ("transform", numbers), ("target", "[" + "{}," * (2 * MB) + "{}]"),
                      ("loss", "[" + '"",' * (2 * MB) + '""]'), ("metrics", "[" + "[]," * (2 * MB) + "[]]"),
                      ("golden", '{"stages":[' + "{}," * (2 * MB) + "{}]}")):
        corpus.add("model", key, packed(parsed | {"__metadata__": parsed["__metadata__"] | {key: text}}, data), "bad_data", "damaged" if key != "transform" and key != "target" else "reading the")
    wide = 6 * MB
    corpus.add("model", "weights", packed({"0.weight": tensor("F32", (1, wide), (0, 4 * wide))}, bytes(4 * wide)))


def graphs(corpus):
    many = lambda message: file(graph([GEMM], [W]) + message)
    limit = "more than 50000 nodes"
    corpus.add("onnx", "nodes", many(b"\x0a\0" * (4 * MB)), "bad_data", limit)
    corpus.add("onnx", "tensors", many(b"\x2a\0" * (4 * MB)), "bad_data", limit)
    corpus.add("onnx", "inputs", many(b"\x5a\0" * (4 * MB)), "bad_data", limit)
    corpus.add("onnx", "names", many(field(1, b"\x0a\0" * (4 * MB))), "bad_data", limit)
    corpus.add("onnx", "attributes", many(field(1, b"\x2a\0" * (4 * MB))), "bad_data", limit)
    corpus.add("onnx", "integers", many(field(1, field(5, b"\x40\1" * (4 * MB)))), "bad_data", limit)
    corpus.add("onnx", "integers_packed", many(field(1, field(5, field(8, b"\1" * (8 * MB))))), "bad_data", "more than 100000 numbers")
    corpus.add("onnx", "sizes_packed", many(field(5, field(1, b"\1" * (8 * MB)))), "bad_data", "more than 100000 numbers")
    corpus.add("onnx", "floats_one_by_one", many(field(5, field(8, "z") + b"\x25\0\0\0\0" * (2 * MB))), "ok")
    corpus.add("onnx", "metadata", many(b"") + b"".join(field(14, field(1, f"{i}")) for i in range(400_000)), "bad_data", limit)


def tables(corpus):
    both = lambda name, text, code="ok", words="": [corpus.add(target, name, text, code, words) for target in ("csv", "csv_stream")]
    both("columns", "," * (8 * MB) + "\n" + "," * 100 + "\n", "bad_data", "at most 100000 columns")
    both("quotes", "a,b\n1," + '"' * (8 * MB + 1) + "\n", "bad_data")
    both("quotes_escaped", "a,b\n" + '1,""""\n' * MB)
    both("numbers", "a,b\n" + "1,1\n" * (2 * MB))
    both("missing", "a,b\n" + ",\n" * (4 * MB))
    both("texts", "a,b\n" + "".join(f"1,t{i}\n" for i in range(700_000)))
    both("blank_lines", "a,b\n1,2\n" + "\n" * (16 * MB) + "1,2\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replay", type=pathlib.Path, required=True)
    parser.add_argument("--corpus", type=pathlib.Path, required=True)
    options = parser.parse_args()
    corpus = Corpus()
    arrays(corpus)
    texts(corpus, (options.corpus / "model/sound").read_bytes())
    graphs(corpus)
    tables(corpus)
    with tempfile.TemporaryDirectory() as folder:
        corpus.write(pathlib.Path(folder))
        return subprocess.run([options.replay, folder]).returncode


if __name__ == "__main__":
    sys.exit(main())
