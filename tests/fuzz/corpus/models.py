"""safetensors, and models in it, in npz and in their metadata."""
import dataclasses
import json
import struct
import subprocess

from corpus.arrays import npy
from corpus.cases import changed, u64
from corpus.containers import Entry, zipped

# As in small_model.cpp: texts of this model's metadata are sound in that one's.
TABLE = ("area,colour,garden,price\n50.1,red,yes,100.5\n71.3,blue,no,150.25\n,green,no,120.75\n33.7,red,yes,80.5\n90.9,blue,no,190.125\n"
         "44.4,,yes,90.5\n61.2,green,no,130.5\n58.8,red,yes,110.5\n77.7,blue,no,160.5\n85.5,green,yes,170.5\n")


@dataclasses.dataclass
class Sound:
    """What the program wrote: the same small model in every format, and a store with one run."""
    safetensors: bytes
    npz: bytes
    onnx: bytes
    store: bytes


def train(program, work):
    (work / "houses.csv").write_text(TABLE)
    run = lambda *words: subprocess.run([program, *words], cwd=work, check=True, stdout=subprocess.DEVNULL)
    run("train", "houses.csv", "--task", "regression", "--hidden", "4", "--epochs", "2", "--threads", "1", "--quiet", "--out", "model.safetensors")
    for ending in ("npz", "onnx"):
        run("model", "convert", "model.safetensors", f"model.{ending}")
    # Closed by the program: all of it stands in the one file.
    read = lambda name: (work / name).read_bytes()
    return Sound(read("model.safetensors"), read("model.npz"), read("model.onnx"), read("runs/runs.sqlite"))


def packed(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else (header if isinstance(header, str) else json.dumps(header)).encode()
    return u64(len(text) if length is None else length) + text + data


def tensor(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def add_safetensors(corpus):
    add = lambda name, data, words, code="bad_data": corpus.add("safetensors", name, data, code, words)
    eight = bytes(8)
    sound = packed({"__metadata__": {"a": "b"}, "x": tensor(), "y": tensor("F64", (1, 1), (8, 16))}, bytes(16))
    corpus.add("safetensors", "sound", sound)
    corpus.add("safetensors", "nothing", packed({}))
    corpus.add("safetensors", "padded", packed(b'{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   ', eight))
    corpus.add("safetensors", "no_values", packed({"x": tensor(shape=(0,), offsets=(0, 0))}))
    corpus.add("safetensors", "scalar", packed({"x": tensor(shape=(), offsets=(0, 4))}, bytes(4)))
    corpus.add("safetensors", "nan", packed({"x": tensor()}, b"\xff" * 8))
    corpus.add("safetensors", "other_types", packed({"x": tensor("I32"), "y": tensor("BF16", (4,), (8, 16))}, bytes(16)))
    corpus.add("safetensors", "empty_wrapping_shape", packed({"x": tensor(shape=(0, 2 ** 63, 2 ** 63), offsets=(0, 0))}))

    corpus.cut("safetensors", "length", sound, range(8), words="begins with the 8 of its header's length")
    corpus.cut("safetensors", "header", sound, [8, 9, 40, 100], words="inside the header of")
    corpus.cut("safetensors", "data", sound, range(len(sound) - 16, len(sound), 3), words="bytes of data")
    add("more", sound + b"\0", "the tensors need 16 bytes of data; 17 follow")
    add("header_100_mb", packed(b"{}", length=100_000_001), "at most 100000000 is read")
    add("header_beyond", packed(b"{}", length=99_999_999), "inside the header of 99999999 bytes")
    add("header_length_wraps", packed(b"{}", length=2 ** 64 - 1), "at most 100000000 is read")
    add("header_length_wraps_to_0", packed(b"{}", length=2 ** 64 - 8), "at most 100000000 is read")
    add("header_empty", packed(b""), "does not begin with '{'")
    add("header_list", packed(b"[]"), "does not begin with '{'")
    add("header_blank_first", packed(b" {}"), "does not begin with '{'")
    add("header_not_utf8", packed(b'{"\xff\xfe": 1}'), "")
    add("header_nul", packed(b'{}\0\0\0'), "the header: byte 10")
    add("header_two_objects", packed(b"{}{}"), "")
    add("header_nul_and_more", packed(b'{}\0, and anything at all'), "the header: byte 10")
    add("header_cut", packed(b'{"x":'), "")
    add("header_comment", packed(b"{}/* x */"), "")
    add("header_pickle", b"\x80\x02}q\0." + bytes(20), "")
    add("header_deep", packed(b'{"a":' * 100_000), "nested")
    add("header_deep_lists", packed(b'{"a":' + b"[" * 100_000), "nested")


def add_safetensors_tensors(corpus):
    """Headers that are JSON and yet describe no tensors."""
    add = lambda name, data, words, code="bad_data": corpus.add("safetensors", name, data, code, words)
    eight = bytes(8)
    add("key_twice", packed(b'{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', eight), "stands twice")
    add("key_twice_escaped", packed(b'{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\\u0078":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', eight), "stands twice")
    add("field_twice", packed(b'{"x":{"dtype":"F32","dtype":"F64","shape":[2],"data_offsets":[0,8]}}', eight), "stands twice")
    add("metadata_twice", packed(b'{"__metadata__":{},"__metadata__":{}}'), "stands twice")
    add("metadata_key_twice", packed(b'{"__metadata__":{"a":"b","a":"c"}}'), "stands twice")
    add("metadata_number", packed({"__metadata__": {"a": 1}}), "is no text")
    add("metadata_list", packed({"__metadata__": []}), "is no object of texts")
    add("metadata_nested", packed({"__metadata__": {"a": {"b": "c"}}}), "is no text")
    add("tensor_number", packed({"x": 1}), "exactly dtype, shape and data_offsets")
    add("tensor_null", packed({"x": None}), "exactly dtype, shape and data_offsets")
    for field in ("dtype", "shape", "data_offsets"):
        add(f"no_{field}", packed({"x": {key: value for key, value in tensor().items() if key != field}}, eight), "exactly dtype, shape")
    add("field_more", packed({"x": tensor() | {"device": "cpu"}}, eight), "exactly dtype, shape")
    for dtype in ("", "f32", "F33", "F128", "U128", "C64", "OBJECT"):
        add(f"type_{dtype or 'empty'}", packed({"x": tensor(dtype)}, eight), "only F32 and F64 are read", "unsupported")
    add("type_number", packed({"x": tensor(1)}, eight), "exactly dtype, shape")
    add("shape_text", packed({"x": tensor() | {"shape": "2"}}, eight), "expected a list of sizes")
    add("shape_real", packed({"x": tensor() | {"shape": [2.0]}}, eight), "expected a list of sizes")
    add("shape_negative", packed({"x": tensor(shape=(-2,))}, eight), "expected a list of sizes")
    add("shape_beyond_a_double", packed(b'{"x":{"dtype":"F32","shape":[1e999],"data_offsets":[0,8]}}', eight), "expected a list of sizes")
    add("shape_nested", packed({"x": tensor() | {"shape": [[2]]}}, eight), "")
    add("shape_beyond_64_bits", packed({"x": tensor(shape=(2 ** 64 + 2,))}, eight), "")
    add("shape_wraps_to_4", packed({"x": tensor(shape=(4194305, 4194305, 211106198978564), offsets=(0, 16))}, bytes(16)), "bytes of data")
    add("shape_wraps_to_0", packed({"x": tensor(shape=(2 ** 32, 2 ** 32), offsets=(0, 0))}), "bytes of data")
    add("shape_times_type_wraps", packed({"x": tensor(shape=(2 ** 62,), offsets=(0, 0))}), "bytes of data")
    add("shape_smaller", packed({"x": tensor(shape=(1,))}, eight), "bytes of data")
    add("shape_larger", packed({"x": tensor(shape=(3,))}, eight), "bytes of data")
    add("offsets_one", packed({"x": tensor(offsets=(0,))}, eight), "expected [begin, end]")
    add("offsets_three", packed({"x": tensor(offsets=(0, 8, 8))}, eight), "expected [begin, end]")
    add("offsets_backward", packed({"x": tensor(offsets=(8, 0))}, eight), "expected [begin, end]")
    add("offsets_negative", packed({"x": tensor(offsets=(-8, 0))}, eight), "expected [begin, end]")
    add("offsets_real", packed({"x": tensor(offsets=(0, 8.0))}, eight), "expected [begin, end]")
    add("offsets_beyond", packed({"x": tensor(offsets=(8, 16))}, eight), "no hole and no overlap")
    add("offsets_gigabytes", packed({"x": tensor(shape=(2 ** 30,), offsets=(0, 2 ** 32))}, eight), "the tensors need 4294967296 bytes")
    add("offsets_wrap", packed({"x": tensor(shape=(2,), offsets=(2 ** 64 - 8, 2 ** 64 - 0 - 1))}, eight), "")
    add("overlap", packed({"x": tensor(), "y": tensor(offsets=(4, 12))}, bytes(12)), "no hole and no overlap")
    add("overlap_same", packed({"x": tensor(), "y": tensor()}, eight), "no hole and no overlap")
    add("hole", packed({"x": tensor(), "y": tensor(offsets=(12, 20))}, bytes(20)), "no hole and no overlap")
    add("hole_first", packed({"x": tensor(offsets=(4, 12))}, bytes(12)), "no hole and no overlap")
    add("empty_inside_another", packed({"x": tensor(), "y": tensor(shape=(0,), offsets=(4, 4))}, eight), "no hole and no overlap")
    add("empty_beyond", packed({"x": tensor(), "y": tensor(shape=(0,), offsets=(16, 16))}, eight), "no hole and no overlap")


def split(file):
    length = struct.unpack("<Q", file[:8])[0]
    return json.loads(file[8:8 + length]), file[8 + length:]


def add_model(corpus, sound):
    add = lambda name, data, words, code="bad_data": corpus.add("model", name, data, code, words)
    header, data = split(sound.safetensors)
    corpus.add("model", "sound", sound.safetensors)

    def altered(key, value):
        metadata = {k: v for k, v in header["__metadata__"].items() if k != key}
        return packed(header | {"__metadata__": metadata | ({} if value is None else {key: value})}, data)

    for key in ("format_version", "numerics_version", "network", "loss", "transform", "target", "metrics", "config"):
        add(f"no_{key}", altered(key, None), f"no '{key}' in its metadata")
    corpus.add("model", "no_checksum", altered("weights_sha256", None))
    add("version_2", altered("format_version", "2"), "use a newer one", "unsupported")
    add("version_text", altered("format_version", "one"), "expected a whole number")
    add("version_huge", altered("format_version", "99999999999999999999"), "expected a whole number")
    add("checksum", altered("weights_sha256", "0" * 64), "the weights are damaged")
    add("weight_flipped", sound.safetensors[:-1] + bytes([sound.safetensors[-1] ^ 1]), "the weights are damaged")
    add("weight_nan", packed(header, data[:-4] + b"\0\0\xc0\x7f"), "expected finite weights")
    add("weight_infinite", packed(header, data[:-4] + b"\0\0\x80\x7f"), "expected finite weights")
    names = [name for name in header if name != "__metadata__"]
    add("tensor_missing", packed({k: v for k, v in header.items() if k != names[-1]}, data[:header[names[-1]]["data_offsets"][0]]), "is missing")
    swapped = dict(header)
    swapped[names[0]] = header[names[0]] | {"shape": header[names[0]]["shape"][::-1]}
    add("tensor_transposed", packed(swapped, data), "of another shape or type")
    add("network_wider", altered("network", header["__metadata__"]["network"].replace('"outputs":4', '"outputs":5')), "of another shape or type")
    add("network_other_inputs", altered("network", json.dumps(json.loads(header["__metadata__"]["network"]) | {"inputs": 3})), "its network takes 3")
    corpus.cut("model", "cut", sound.safetensors, [0, 7, 100, len(sound.safetensors) - 4], words="")
    # Weights of another program, of which the names are the description.
    plain = lambda tensors, size: packed({name: tensor("F32", shape, offsets) for name, shape, offsets in tensors}, struct.pack(f"<{size}f", *([0.5] * size)))
    corpus.add("model", "sequential", plain([("0.weight", (3, 2), (0, 24)), ("0.bias", (3,), (24, 36)), ("2.weight", (1, 3), (36, 48))], 12))
    add("names_without_number", plain([("weight", (3, 2), (0, 24))], 6), "has no layer's number")
    add("names_huge_number", plain([("99999999999999999999.weight", (3, 2), (0, 24))], 6), "has no layer's number")
    add("names_far_layer", plain([("10001.weight", (3, 2), (0, 24))], 6), "has no layer's number")
    add("layers_do_not_fit", plain([("0.weight", (3, 2), (0, 24)), ("2.weight", (2, 3), (24, 48)), ("4.weight", (1, 1), (48, 52))], 13), "")
    add("layer_of_no_units", packed({"0.weight": tensor("F32", (0, 3), (0, 0))}), "has 0 outputs", "bad_configuration")
    add("layer_of_no_inputs", packed({"0.weight": tensor("F32", (3, 0), (0, 0))}), "0 inputs", "bad_configuration")
    add("no_tensors", packed({"__metadata__": {"format": "pt"}}), "it has no float tensors")
    add("three_dimensions", plain([("0.weight", (1, 3, 2), (0, 24))], 6), "has shape (1, 3, 2)")
    add("convolution", plain([("0.weight", (1, 1, 3, 2), (0, 24))], 6), "has shape")


METADATA = {
    "network": ["", "null", "[]", "{}", "nan", '{"inputs":0,"layers":[]}', '{"inputs":2,"layers":[]}', '{"inputs":-1,"layers":[]}', '{"inputs":1e300,"layers":[]}',
                '{"inputs":18446744073709551615,"layers":[{"kind":"dense","outputs":18446744073709551615,"bias":true}]}',
                '{"inputs":4294967296,"layers":[{"kind":"dense","outputs":4294967296,"bias":false}]}', '{"inputs":6,"layers":[{"kind":"dense","outputs":-4,"bias":true}]}',
                '{"inputs":6,"layers":[{"kind":"dense","outputs":1e30,"bias":true}]}', '{"inputs":6,"layers":[{"kind":"convolution"}]}', '{"inputs":6,"layers":{"kind":"dense"}}',
                '{"inputs":6,"layers":[{"kind":"dropout","rate":1e999}]}', '{"inputs":6,"layers":[{"kind":"activation","activation":"x"}]}', "[" * 100_000, '{"layers":' * 20_000],
    "loss": ["", "{}", '{"kind":"x","reduction":"mean","huber_delta":1,"label_smoothing":0,"class_weights":[]}', '{"kind":"mean_squared_error","reduction":"mean","huber_delta":-1,"label_smoothing":0,"class_weights":[]}',
             '{"kind":"huber","reduction":"mean","huber_delta":0,"label_smoothing":0,"class_weights":[]}', '{"kind":"softmax_cross_entropy","reduction":"mean","huber_delta":1,"label_smoothing":0,"class_weights":[]}'],
    "transform": ["", "{}", "[]", '{"block_features":99999999999}', '{"block_features":0,"block_prefix":"x","picture_rows":16777216,"picture_cols":16777216,"inputs":[],"scaling":"none","shift":[],"scale":[],"ones_column":false}',
                  '{"block_features":6,"block_prefix":"x","picture_rows":0,"picture_cols":0,"inputs":[],"scaling":"feature","shift":[0],"scale":[0],"ones_column":false}',
                  '{"block_features":6,"block_prefix":"x","picture_rows":0,"picture_cols":0,"inputs":[],"scaling":"feature","shift":[1e999],"scale":[1],"ones_column":false}',
                  '{"block_features":7,"block_prefix":"x","picture_rows":0,"picture_cols":0,"inputs":[],"scaling":"none","shift":[],"scale":[],"ones_column":false}'],
    "target": ["", "{}", '{"task":"regression","name":"y","classes":[],"positive":[],"negative":[],"mean":0,"deviation":0}', '{"task":"regression","name":"y","classes":[],"positive":[],"negative":[],"mean":0,"deviation":-1}',
               '{"task":"classification","name":"y","classes":[],"positive":[],"negative":[],"mean":0,"deviation":1}', '{"task":"classification","name":"y","classes":["a","b"],"positive":["a"],"negative":[],"mean":0,"deviation":1}'],
    "metrics": ["", "[]", '{"a":"b"}', '{"a":[1]}'],
    "golden": ["", "{}", "[]", '{"inputs":[[1],[1,2]],"stages":[]}', '{"inputs":[[null]],"stages":[]}', '{"inputs":[[]],"stages":[]}', '{"inputs":[[1]],"stages":[{"name":"x","values":[[1],[2]]}]}'],
    "format_version": ["", "-", "1x", "0x1", "99999999999"], "numerics_version": ["", "1.5"], "weights_sha256": ["", "00"], "format": ["", "Gradus"],
}


def add_metadata(corpus, sound):
    header, _ = split(sound.safetensors)
    for key, value in header["__metadata__"].items():
        corpus.add("metadata", f"sound_{key}", f"{key}\n{value}")
    for key, values in METADATA.items():
        for i, value in enumerate(values):
            corpus.add("metadata", f"{key}_{i}", f"{key}\n{value}", "bad_data", "")


def add_npz(corpus, sound):
    add = lambda name, data, words, code="bad_data": corpus.add("model_npz", name, data, code, words)
    corpus.add("model_npz", "sound", sound.npz)
    weights = Entry("0.weight.npy", npy(descr="'<f4'", shape="(1, 3)", data=bytes(12)))
    metadata = lambda text: Entry("metadata.npy", npy(descr=f"'<U{len(text)}'", shape="()", data=text.encode("utf-32-le")))
    corpus.add("model_npz", "sequential", zipped(weights))
    add("metadata_damaged", zipped(weights, metadata("{")), "its metadata is damaged")
    add("metadata_list", zipped(weights, metadata("[1]")), "its metadata is damaged")
    add("metadata_deep", zipped(weights, metadata("[" * 20_000)), "its metadata is damaged")
    add("metadata_numbers", zipped(weights, Entry("metadata.npy", npy())), "its metadata is no single text")
    add("metadata_pickle", zipped(weights, Entry("metadata.npy", npy(descr="'|O'", shape="()", data=b"\x80\x03}q\0."))), "Python objects", "unsupported")
    add("metadata_gradus_alone", zipped(weights, metadata('{"format": "gradus"}')), "in its metadata")
    add("nothing", zipped(), "it has no float tensors")
    add("text_weights", zipped(Entry("0.weight.npy", npy(descr="'<U1'", shape="(1,)", data=b"a\0\0\0"))), "")
    corpus.cut("model_npz", "cut", sound.npz, [0, 22, len(sound.npz) // 2, len(sound.npz) - 1], words="no end record")
    place = sound.npz.index(b"\x93NUMPY") + 128
    add("weight_flipped", changed(sound.npz, place, bytes([sound.npz[place] ^ 1])), "the checksum of")


def add(corpus, sound):
    add_safetensors(corpus)
    add_safetensors_tensors(corpus)
    add_model(corpus, sound)
    add_metadata(corpus, sound)
    add_npz(corpus, sound)
