#!/usr/bin/env python3
"""gradus against the reference readers of safetensors, NumPy and ONNX, on files that were damaged at random.

    differential.py --contents build/tests/fuzz/fuzz_contents --corpus build/tests/fuzz/corpus [--count 2000] [--seed 1]

Whatever a reference reader refuses, gradus must refuse too, and what both read must be the same. (That
gradus refuses what a reference reads is on purpose: docs/fuzzing.md.) Exit status 77 where no reference reader is installed."""
import argparse
import hashlib
import importlib
import io
import pathlib
import random
import subprocess
import sys
import tempfile


def line_of(numpy, name, array, sizes=None):
    """As fuzz_contents prints it."""
    sizes = array.shape if sizes is None else sizes
    hashed = hashlib.sha256()
    if array.dtype.kind in "SU":
        for text in array.ravel():
            hashed.update((text if isinstance(text, bytes) else text.encode()) + b"\0")
    else:
        hashed.update(numpy.ascontiguousarray(array, "<f8").tobytes())
    shape = ", ".join(str(size) for size in sizes) + ("," if len(sizes) == 1 else "")
    return f"{name} ({shape}) {hashed.hexdigest()}"


def read_safetensors(safetensors, data):
    numpy = importlib.import_module("numpy")
    types = {"F32": "<f4", "F64": "<f8"}
    tensors = sorted(safetensors.deserialize(data))
    return [line_of(numpy, name, numpy.frombuffer(tensor["data"], types[tensor["dtype"]]), tensor["shape"])
            for name, tensor in tensors if tensor["dtype"] in types]


def read_npy(numpy, data):
    stream = io.BytesIO(data)
    array = numpy.lib.format.read_array(stream, allow_pickle=False)
    return [line_of(numpy, "array", array)]


def read_npz(numpy, data):
    with numpy.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return [line_of(numpy, name, arrays[name]) for name in sorted(arrays.files)]


def read_onnx(onnx, data):
    onnx.load_model_from_string(data)
    return []


READERS = {"safetensors": ("safetensors", read_safetensors), "npy": ("numpy", read_npy), "npz": ("numpy", read_npz),
           "onnx": ("onnx", read_onnx)}


def damaged(draw, data, others):
    """One to four changes such as a fuzzer makes."""
    data = bytearray(data)
    for _ in range(draw.randrange(1, 5)):
        place = draw.randrange(len(data) + 1)
        length = min(draw.choice([1, 1, 1, 2, 4, 8, 30]), len(data) - place)
        kind = draw.randrange(7)
        if kind == 0 and place < len(data):
            data[place] ^= 1 << draw.randrange(8)
        elif kind == 1:
            data[place:place + length] = bytes(draw.randrange(256) for _ in range(length))
        elif kind == 2:
            del data[place:place + length]
        elif kind == 3:
            data[place:place] = data[place:place + length] or b"\0"
        elif kind == 4:
            del data[place:]
        elif kind == 5:
            data[place:place + length] = draw.choice([b"\0", b"\xff", b"\x7f\xff\xff\xff", b"0", b"-1", b"9" * 20, b'"', b"{", b"]"])
        else:
            other = draw.choice(others)
            begin = draw.randrange(len(other) + 1)
            data[place:place] = other[begin:begin + draw.randrange(1, 40)]
    return bytes(data)


def asked(read, module, data):
    """(refusal or "", arrays) of the reference."""
    try:
        return "", read(module, data)
    except BaseException as error:  # whatever it raises is a refusal: safetensors' own panics are no Exception
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"{type(error).__name__}: {error}".replace("\n", " "), []


def compare(options, target, module, read):
    sound = [path.read_bytes() for path in sorted((options.corpus / target).iterdir()) if path.name in options.sound[target]]
    draw = random.Random(f"{options.seed} {target}")
    reference, files = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for i in range(options.count):
            name, files[name] = f"{i:06}", damaged(draw, draw.choice(sound), sound)
            pathlib.Path(folder, name).write_bytes(files[name])
            reference[name] = asked(read, module, files[name])
        ended = subprocess.run([options.contents.resolve(), target, folder], capture_output=True, check=True)
    ours = {row[0]: row[1:] for row in (line.split("\t") for line in ended.stdout.decode(errors="replace").splitlines()) if len(row) > 1}
    wrong = []
    for name, (refusal, arrays) in reference.items():
        outcome, *content = ours.get(name, ["no outcome"])
        if outcome == "no outcome" or (refusal and outcome == "ok"):
            wrong.append((name, refusal or outcome))
        elif not refusal and outcome == "ok" and content != arrays:
            wrong.append((name, f"read as {content}, by the reference as {arrays}"))
    refused = sum(bool(refusal) for refusal, _ in reference.values())
    both = sum(not refusal and ours[name][0] == "ok" for name, (refusal, _) in reference.items() if name in ours)
    print(f"{target}: {options.count} files; refused by the reference {refused}, by gradus {sum(row[0] != 'ok' for row in ours.values())}, "
          f"read by both {both}; wrong: {len(wrong)}")
    for name, what in wrong[:5]:
        left = pathlib.Path(f"differential-{target}-{name}")
        left.write_bytes(files[name])
        print(f"  {left}: {what[:300]}")
    return not wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contents", type=pathlib.Path, required=True, help="the program fuzz_contents")
    parser.add_argument("--corpus", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=2000, help="damaged files of each format")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    expected = [line.split("\t") for line in (options.corpus / "expected.tsv").read_text().splitlines()]
    options.sound = {target: {row[1] for row in expected if row[0] == target and row[2] == "ok"} for target in READERS}
    well, found = True, False
    for target, (name, read) in READERS.items():
        try:
            module = importlib.import_module(name)
        except ImportError:
            print(f"{target}: skipped, there is no module {name}")
            continue
        found = True
        well = compare(options, target, module, read) and well
    if not found:
        return 77
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
