"""IDX, gzip and npy."""
import struct

from corpus.cases import changed, gzip, u16, u32


def idx(sizes, values, kind=8):
    return bytes([0, 0, kind, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes) + values


def npy(descr="'<f8'", order="False", shape="(2, 3)", data=bytes(48), version=1, header=None):
    if header is None:
        header = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n"
    header = header.encode() if isinstance(header, str) else header
    length = u16(len(header)) if version == 1 else u32(len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + data


def add_idx(corpus):
    sound = idx([2, 2, 3], bytes(range(12)))
    add = lambda name, data, words: corpus.add("idx", name, data, "bad_data", words)
    corpus.add("idx", "sound", sound)
    corpus.add("idx", "sound_gz", gzip(sound))
    corpus.add("idx", "no_values", idx([0, 28, 28], b""))
    corpus.add("idx", "no_values_wrapping_sizes", idx([0] + [2 ** 32 - 1] * 5, b""))
    add("empty", b"", "the file is empty")
    add("html", b"<html>not found</html>", "expected the IDX magic")
    add("no_dimensions", b"\0\0\x08\0", "expected the IDX magic")
    add("magic_swapped", b"\3\x08\0\0" + sound[4:], "expected the IDX magic")
    for kind in (0, 9, 0xb, 0xc, 0xd, 0xe, 0xff):
        add(f"type_{kind:02x}", idx([1], b"\0", kind), "only unsigned bytes")
    corpus.cut("idx", "magic", sound, [1, 2, 3], words="expected the IDX magic")
    corpus.cut("idx", "header", sound, range(4, 16), words="inside the header")
    corpus.cut("idx", "values", sound, range(16, len(sound), 3), words="promises 28 bytes")
    add("more", sound + b"\0", "more bytes follow")
    add("wraps_to_zero", idx([2 ** 31, 2 ** 31, 4], b"\0"), "promises too many bytes")
    add("wraps_to_one", idx([2 ** 32 - 1] * 4, b"\0"), "promises too many bytes")
    add("255_dimensions", idx([1] * 254 + [2], b"\0"), "promises 1026 bytes")
    add("four_gigabytes", idx([2 ** 32 - 1], b"\0"), "promises 4294967295 bytes")
    add("gz_promises_gigabytes", gzip(idx([2 ** 32 - 1], bytes(1000))), "promises 4294967295 bytes")
    packed = gzip(sound)
    corpus.cut("idx", "gz", packed, [3, 9, 12, len(packed) - 9, len(packed) - 1], words="cut short")
    add("gz_promises_more", gzip(idx([5000], bytes(12))), "it ends at byte 20")
    add("gz_more", gzip(sound + bytes(7)), "more bytes follow")
    add("gz_checksum", changed(packed, len(packed) - 8, b"\0\0\0\0"), "damaged near byte")
    add("gz_bomb", gzip(idx([4], bytes(1 << 20))), "more bytes follow")
    add("gz_tail", packed + b"tail", "other bytes follow the gzip data")


def add_gzip(corpus):
    sound = gzip(b"twelve bytes" * 20)
    add = lambda name, data, words: corpus.add("gzip", name, data, "bad_data", words)
    corpus.add("gzip", "raw", b"not packed at all")
    corpus.add("gzip", "empty", b"")
    corpus.add("gzip", "sound", sound)
    corpus.add("gzip", "two_members", sound + gzip(b"") + sound)
    corpus.add("gzip", "stored", gzip(bytes(range(256)) * 4, 0))
    corpus.add("gzip", "bomb", gzip(bytes(4 << 20), 9))
    corpus.cut("gzip", "cut", sound, [2, 3, 9, 10, 15, len(sound) - 8, len(sound) - 1], words="cut short")
    add("method", changed(sound, 2, b"\7"), "damaged near byte")
    add("reserved_flags", changed(sound, 3, b"\xe0"), "damaged near byte")
    add("endless_name", changed(sound, 3, b"\x08"), "")
    add("extra_beyond", changed(sound, 3, b"\x04") , "")
    add("checksum", changed(sound, len(sound) - 8, b"\1\2\3\4"), "incorrect data check")
    add("length", changed(sound, len(sound) - 4, b"\1\2\3\4"), "incorrect length check")
    add("block_type_3", sound[:10] + b"\x07" + sound[11:], "invalid block type")
    add("distance_too_far", b"\x1f\x8b\x08\0\0\0\0\0\0\3" + bytes([0x4b, 0x04, 0x12, 0x05, 0x00]), "")
    add("tail", sound + b"GZIP", "other bytes follow")
    add("second_member_cut", sound + sound[:14], "cut short")
    add("half_a_magic", sound + b"\x1f", "cut short")


def add_npy(corpus):
    add = lambda name, data, words, code="bad_data": corpus.add("npy", name, data, code, words)
    sound = npy()
    corpus.add("npy", "sound", sound)
    corpus.add("npy", "version_2", npy(version=2))
    corpus.add("npy", "version_3", npy(version=3))
    corpus.add("npy", "scalar", npy(shape="()", data=bytes(8)))
    corpus.add("npy", "fortran", npy(order="True"))
    corpus.add("npy", "big_endian", npy(descr="'>f4'", data=bytes(24)))
    corpus.add("npy", "texts", npy(descr="'<U3'", shape="(2,)", data="one\0\0\0".encode("utf-32-le")))
    corpus.add("npy", "bytes", npy(descr="'|S2'", shape="(3,)", data=b"a\0bc\0\0"))
    for kind, size in (("b1", 1), ("i1", 1), ("i2", 2), ("i4", 4), ("i8", 8), ("u1", 1), ("u2", 2), ("u4", 4), ("u8", 8)):
        corpus.add("npy", f"type_{kind}", npy(descr=f"'<{kind}'", shape="(3,)", data=bytes(3 * size)))
    corpus.add("npy", "empty_wrapping_shape", npy(shape="(0, 18446744073709551615, 18446744073709551615)", data=b""))

    add("empty", b"", "does not begin with 93 'NUMPY'")
    add("text", b"1,2,3\n", "does not begin with 93 'NUMPY'")
    corpus.cut("npy", "magic", sound, [6, 7, 8, 9], words="inside the header")
    corpus.cut("npy", "header", sound, [10, 30, 60], words="inside the header of")
    corpus.cut("npy", "data", sound, range(len(sound) - 48, len(sound), 7), words="needs 48 bytes of data")
    add("more", sound + b"\0", "needs 48 bytes of data; 49 follow")
    for version in (0, 4, 255):
        add(f"version_{version}_unknown", changed(sound, 6, bytes([version])), "of the format is not known", "unsupported")
    add("version_1_1", changed(sound, 7, b"\1"), "minor version", "unsupported")
    add("header_of_4_gigabytes", changed(npy(version=2), 8, b"\xff\xff\xff\xff"), "inside the header of 4294967295 bytes")

    # Code in place of data.
    add("pickle", npy(descr="'|O'", shape="(1,)", data=b"\x80\x03cos\nsystem\nq\0X\2\0\0\0idq\1\x85q\2Rq\3."), "Python objects", "unsupported")
    add("pickle_bare", b"\x80\x04\x95\x1f\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.", "does not begin with")
    add("header_calls", npy(header="__import__('os').system('id')"), "the header is damaged at byte 10; expected '{'")
    add("header_call_in_shape", npy(shape="(exec('id'),)"), "expected a shape")
    add("header_expression", npy(shape="(2*3, 1)"), "the header is damaged")
    add("header_comprehension", npy(shape="[3 for x in range(9)]"), "expected '('")
    add("header_second_statement", npy(header="{'descr': '<f8', 'fortran_order': False, 'shape': (6,)}; import os"), "nothing more in the header")
    add("header_descr_extra_key", npy(header="{'descr': '<f8', 'fortran_order': False, 'shape': (6,), 'x': 1}"), "each once")
    add("header_key_twice", npy(header="{'descr': '<f8', 'descr': '|O', 'fortran_order': False, 'shape': (6,)}"), "each once")
    add("header_no_shape", npy(header="{'descr': '<f8', 'fortran_order': False}"), "each once")
    add("header_no_descr", npy(header="{'shape': (6,), 'fortran_order': False}"), "each once")
    add("header_empty", npy(header=""), "the header is damaged")
    add("header_only_brace", npy(header="{"), "the header is damaged")
    add("header_open_text", npy(header="{'descr': '<f8"), "a text in quotes")
    add("header_order_number", npy(order="1"), "True or False")
    add("header_order_text", npy(order="'False'"), "True or False")
    add("header_braces", npy(header="{" * 5000), "the header is damaged")
    add("header_shape_parentheses", npy(shape="(" * 5000), "expected a shape")
    add("header_not_utf8", npy(header=b"{'\xff\xfe': 1}"), "each once")
    add("header_nul", npy(header="{'descr'\0: '<f8'}"), "the header is damaged")


def add_npy_sizes(corpus):
    """Sizes that overflow or lie, and types."""
    add = lambda name, data, words, code="bad_data": corpus.add("npy", name, data, code, words)
    add("shape_negative", npy(shape="(-1, 3)"), "expected a shape")
    add("shape_float", npy(shape="(2.0, 3)"), "the header is damaged")
    add("shape_hexadecimal", npy(shape="(0x2, 3)"), "the header is damaged")
    add("shape_beyond_64_bits", npy(shape="(18446744073709551616,)"), "expected a shape")
    add("shape_wraps_to_6", npy(shape="(4194305, 4194305, 211106198978564)"), "needs too many bytes")
    add("shape_wraps_to_0", npy(shape="(4294967296, 4294967296)"), "needs too many bytes")
    add("shape_times_type_wraps", npy(shape="(2305843009213693952,)", data=b""), "needs too many bytes")
    add("shape_65_dimensions", npy(shape="(" + "1, " * 65 + ")", data=bytes(8)), "expected a shape")
    add("shape_terabytes", npy(shape="(1000000, 1000000)"), "needs 8000000000000 bytes")
    add("shape_smaller", npy(shape="(5,)"), "needs 40 bytes of data; 48 follow")
    add("type_size_wraps", npy(descr="'<U4611686018427387905'", shape="(1,)"), "its type is", "unsupported")
    add("type_size_beyond", npy(descr="'<U99999999999999999999'"), "its type is", "unsupported")
    for descr in ("", "<", "f", "<f", "<f3", "<f16", "<c8", "<c16", "<m8[s]", "<M8[D]", "|V8", "<f8x", "<i3", "<U0", "|S0", "<b2", "<f-8", "<U-1"):
        name = "type_refused_" + "".join(c if c.isalnum() else f"{ord(c):02x}" for c in descr)
        add(name, npy(descr=f"'{descr}'"), "its type is", "unsupported")
    add("structured", npy(descr="[('a', '<f8'), ('b', '<f8')]"), "structured array", "unsupported")
    add("structured_deep", npy(descr="[" * 10000), "structured array", "unsupported")
    add("text_not_unicode", npy(descr="'<U1'", shape="(1,)", data=b"\0\0\x11\0"), "is no Unicode character")
    add("text_surrogate", npy(descr="'<U1'", shape="(1,)", data=b"\0\xd8\0\0"), "a text is not UTF-8")
    add("bytes_not_utf8", npy(descr="'|S1'", shape="(1,)", data=b"\xff"), "a text is not UTF-8")
    add("whole_beyond_int64", npy(descr="'<u8'", shape="(1,)", data=b"\xff" * 8), "does not fit 64 signed bits")


def add(corpus):
    add_idx(corpus)
    add_gzip(corpus)
    add_npy(corpus)
    add_npy_sizes(corpus)
