"""ONNX: protobuf messages made by hand."""
import struct


def varint(number):
    number &= 2 ** 64 - 1
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7f | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor(name, shape, values, kind=1, raw=True, more=b""):
    data = struct.pack(f"<{len(values)}f", *values)
    return b"".join(field(1, size) for size in shape) + field(2, kind) + field(8, name) + field(9 if raw else 4, data) + more


def attribute(name, integer=None, more=b""):
    return field(1, name) + (field(3, integer) + field(20, 2) if integer is not None else b"") + more


def node(op, inputs, outputs, *attributes, domain=""):
    return (b"".join(field(1, name) for name in inputs) + b"".join(field(2, name) for name in outputs) + field(4, op) +
            b"".join(field(5, each) for each in attributes) + (field(7, domain) if domain else b""))


def graph(nodes, constants, inputs=("x",), outputs=("y",)):
    return (b"".join(field(1, each) for each in nodes) + field(2, "g") + b"".join(field(5, each) for each in constants) +
            b"".join(field(11, field(1, name)) for name in inputs) + b"".join(field(12, field(1, name)) for name in outputs))


def file(graph_bytes, *metadata):
    return (field(1, 7) + field(7, graph_bytes) + field(8, field(1, "") + field(2, 13)) +
            b"".join(field(14, field(1, key) + field(2, value)) for key, value in metadata))


def nested_types(levels):
    """The type of a list of lists of ..."""
    message = b""
    for _ in range(levels):
        message = field(4, field(1, message))
    return message


def deep(levels):
    """A graph in an attribute of a node of a graph, and so on."""
    inner = graph([GEMM], [W])
    for _ in range(levels):
        inner = field(1, field(5, field(6, inner)))
    return inner


W = tensor("w", (2, 3), [1, 2, 3, 4, 5, 6])
GEMM = node("Gemm", ["x", "w"], ["y"])


def one(nodes=(GEMM,), constants=(W,), **ends):
    return file(graph(list(nodes), list(constants), **ends))


def add_messages(corpus, sound):
    add = lambda name, data, words="", code="bad_data": corpus.add("onnx", name, data, code, words)
    corpus.add("onnx", "sound", sound.onnx)
    corpus.add("onnx", "gemm", one())
    corpus.add("onnx", "matmul_relu", one([node("MatMul", ["x", "w"], ["h"]), node("Relu", ["h"], ["y"])]))
    corpus.add("onnx", "packed_floats", one(constants=[tensor("w", (2, 3), [1, 2, 3, 4, 5, 6], raw=False)]))

    add("empty", b"", "it has no graph")
    add("text", b"this is no protobuf message", "")
    corpus.cut("onnx", "cut", sound.onnx, [1, 3, 12, 100, len(sound.onnx) // 2, len(sound.onnx) - 1])
    corpus.cut("onnx", "gemm_cut", one(), range(2, len(one()) - 9, 11))
    add("no_graph", field(1, 7), "it has no graph")
    add("two_graphs", one() + field(7, graph([GEMM], [W])), "it has two graphs")
    add("varint_endless", b"\x80" * 20, "")
    add("varint_11_bytes", b"\x08" + b"\xff" * 10 + b"\x01", "more than 64 bits")
    add("varint_wraps", b"\x08" + b"\xff" * 9 + b"\x7f", "more than 64 bits")
    add("field_0", b"\0\0", "there is no field 0")
    add("field_huge", varint(2 ** 35 << 3) + b"\0", "there is no field")
    for kind in (3, 4, 6, 7):
        add(f"wire_type_{kind}", bytes([1 << 3 | kind]) + bytes(8), "")
    add("groups_deep", b"\x0b" * 100_000, "")
    add("length_wraps", b"\x3a" + varint(2 ** 64 - 1) + b"x", "reach beyond")
    add("length_2_gigabytes", b"\x3a" + varint(2 ** 31) + b"x", "reach beyond")
    add("graph_number", field(7, 3), "field 7 is a number")
    add("graph_in_graph", field(7, field(1, field(5, field(6, graph([GEMM], [W]))))), "")

    add("recursion_200", file(deep(200)), "")
    add("recursion_2000", file(deep(2000)), "")


def add_tensors(corpus):
    """External data, sizes and types."""
    add = lambda name, data, words="", code="bad_data": corpus.add("onnx", name, data, code, words)
    for name, path in (("parent", "../../etc/passwd"), ("absolute", "/etc/passwd"), ("twice", "sub/../../x"), ("plain", "weights.bin"), ("nul", "a\0b")):
        outside = field(13, field(1, "location") + field(2, path)) + field(14, 1)
        add(f"external_{name}", one(constants=[tensor("w", (2, 3), [], more=outside)]), "lie outside of the file", "unsupported")
    add("dimension_negative", one(constants=[tensor("w", (-2, 3), [0] * 6)]), "a dimension is -2")
    add("dimensions_wrap", one(constants=[tensor("w", (4194305, 4194305, 211106198978564), [0] * 4)]), "bytes of values")
    add("dimensions_wrap_to_0", one(constants=[tensor("w", (2 ** 32, 2 ** 32), [])]), "bytes of values")
    add("dimensions_65", one(constants=[tensor("w", (1,) * 65, [0])]), "more than 64 dimensions")
    add("dimensions_packed", one(constants=[field(1, b"\1" * 100_000) + W]), "")
    add("dimensions_gigabytes", one(constants=[tensor("w", (2 ** 20, 2 ** 20), [0])]), "bytes of values")
    add("values_short", one(constants=[tensor("w", (2, 3), [0] * 5)]), "bytes of values")
    add("values_long", one(constants=[tensor("w", (2, 3), [0] * 7)]), "bytes of values")
    add("values_cut", one(constants=[field(1, 1) + field(2, 1) + field(8, "w") + field(9, b"abc")]), "bytes of values")
    for kind in (0, 2, 6, 7, 8, 10, 16, 99, 2 ** 40):
        add(f"type_{kind}", one(constants=[tensor("w", (2, 3), [0] * 6, kind=kind)]), "only float (1) and double (11) are read", "unsupported")
    add("type_double_short", one(constants=[tensor("w", (2, 3), [0] * 6, kind=11)]), "bytes of values")


def add_graphs(corpus):
    """Nodes that are no chain of layers."""
    add = lambda name, data, words="", code="bad_data": corpus.add("onnx", name, data, code, words)
    add("two_tensors_in_attribute", one([node("Constant", [], ["w"], field(1, "value") + field(5, W) + field(5, W)), GEMM], []), "two tensors")
    add("no_nodes", one([]), "")
    add("no_inputs", one(inputs=()), "")
    add("two_inputs", one(inputs=("x", "z")), "")
    # The chain is followed from its input; where the file says that it ends is not asked.
    corpus.add("onnx", "no_outputs", one(outputs=()))
    add("unknown_operator", one([node("Conv", ["x", "w"], ["y"])]), "", "unsupported")
    add("unknown_domain", one([node("Gemm", ["x", "w"], ["y"], domain="evil")]), "", "unsupported")
    add("python_operator", one([node("PyOp", ["x"], ["y"], domain="ai.onnx.contrib")]), "", "unsupported")
    add("cycle", one([node("Relu", ["y"], ["h"]), node("Relu", ["h"], ["y"])]), "")
    add("value_without_a_name", one([node("Identity", ["x", ""], [""])]), "there is no Gemm or MatMul")
    add("cast_to_int64", one([node("Cast", ["x"], ["h"], attribute("to", 7)), node("Gemm", ["h", "w"], ["y"])]), "Cast", "unsupported")
    add("self", one([node("Relu", ["y"], ["y"])]), "")
    corpus.add("onnx", "output_of_nobody", one([node("Gemm", ["x", "w"], ["h"])]))
    add("input_of_nobody", one([node("Gemm", ["z", "w"], ["y"])]), "")
    add("no_weight", one(constants=[]), "")
    add("weight_of_one_dimension", one(constants=[tensor("w", (6,), [0] * 6)]), "")
    add("weight_nan", one(constants=[tensor("w", (2, 3), [float("nan")] * 6)]), "")
    add("weights_twice", one(constants=[W, W]), "two of its tensors are called 'w'")
    add("operator_without_inputs", one([node("Gemm", [], ["y"])]), "")
    add("operator_without_outputs", one([node("Gemm", ["x", "w"], [])]), "")
    add("layers_do_not_fit", one([node("Gemm", ["x", "w"], ["h"]), node("Gemm", ["h", "w"], ["y"])]), "")
    add("loop", one([node("Loop", ["x"], ["y"], attribute("body", more=field(6, deep(3))))]), "", "unsupported")
    value = lambda more: field(11, field(1, "z") + field(2, more))  # an input of this type, which is not looked at
    add("type_damaged", file(graph([GEMM], [W]) + value(field(1, field(2, b"\x0a\x05")))), "reach beyond")
    add("type_of_no_wire_type", file(graph([GEMM], [W]) + value(b"\x0f")), "no wire type 7")
    add("types_deep", file(graph([GEMM], [W]) + value(nested_types(80))), "nested more than 64 deep")
    add("unread_numbers_damaged", file(graph([GEMM], [W]) + field(5, field(8, "z") + field(7, b"\x80"))), "inside the number")
    add("unread_reals_damaged", file(graph([GEMM], [W]) + field(5, field(8, "z") + field(10, b"123"))), "no numbers of 8")
    add("operators_damaged", file(graph([GEMM], [W])) + field(8, b"\x0a\x05"), "reach beyond")
    add("metadata_twice", file(graph([GEMM], [W]), ("a", "b"), ("a", "c")), "stands twice")
    add("metadata_gradus_alone", file(graph([GEMM], [W]), ("format", "gradus")), "in its metadata")


def add(corpus, sound):
    add_messages(corpus, sound)
    add_tensors(corpus)
    add_graphs(corpus)
