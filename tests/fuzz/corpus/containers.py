"""zip and npz."""
import struct
import zlib

from corpus.arrays import npy
from corpus.cases import changed, deflate, u16, u32, u64


class Entry:
    """One file in a zip, true unless told to lie."""

    def __init__(self, name, content, deflated=False, method=None, flags=0, size=None, packed=None, crc=None, place=None, extra=b"",
                 data=None, version=20, local_name=None):
        self.name = name.encode() if isinstance(name, str) else name
        self.data = data if data is not None else deflate(content) if deflated else content
        self.method = method if method is not None else 8 if deflated else 0
        self.flags = flags
        self.size = len(content) if size is None else size
        self.packed = len(self.data) if packed is None else packed
        self.crc = zlib.crc32(content) if crc is None else crc
        self.place = place
        self.extra = extra
        self.version = version
        self.local_name = self.name if local_name is None else local_name


def zipped(*entries, count=None, directory_size=None, directory_at=None, comment=b"", comment_size=None, local=None):
    body, directory = bytearray(), bytearray()
    for entry in entries:
        place = len(body) if entry.place is None else entry.place
        common = u16(entry.flags) + u16(entry.method) + bytes(4) + u32(entry.crc) + u32(entry.packed) + u32(entry.size)
        directory += (b"PK\1\2" + u16(20) + u16(entry.version) + common + u16(len(entry.name)) + u16(len(entry.extra)) + u16(0) * 3 + bytes(4) +
                      u32(place) + entry.name + entry.extra)
        body += (local or b"PK\3\4") + u16(20) + common + u16(len(entry.local_name)) + u16(0) + entry.local_name + entry.data
    count = len(entries) if count is None else count
    directory_size = len(directory) if directory_size is None else directory_size
    directory_at = len(body) if directory_at is None else directory_at
    comment_size = len(comment) if comment_size is None else comment_size
    end = b"PK\5\6" + bytes(4) + u16(count) * 2 + u32(directory_size) + u32(directory_at) + u16(comment_size) + comment
    return bytes(body + directory + end)


def zip64_end(body, directory, count, size=None, at=None, end=None):
    size = len(directory) if size is None else size
    at = len(body) if at is None else at
    place = len(body) + len(directory)
    return (body + directory + b"PK\6\6" + u64(44) + u16(45) * 2 + bytes(8) + u64(count) * 2 + u64(size) + u64(at) +
            b"PK\6\7" + bytes(4) + u64(place if end is None else end) + u32(1) +
            b"PK\5\6" + bytes(4) + u16(0xffff) * 2 + u32(0xffffffff) * 2 + u16(0))


def add_zip(corpus):
    add = lambda name, data, words, code="bad_data": corpus.add("zip", name, data, code, words)
    text = b"to be packed " * 9
    sound = zipped(Entry("a", text), Entry("b", text, deflated=True))
    split = sound.index(b"PK\1\2")
    end = sound.index(b"PK\5\6")
    corpus.add("zip", "sound", sound)
    corpus.add("zip", "nothing", zipped())
    corpus.add("zip", "comment", zipped(Entry("a", text), comment=b"PK\5\6 is no end"))
    corpus.add("zip", "empty_entries", zipped(Entry("a", b""), Entry("b", b"", deflated=True)))
    corpus.add("zip", "zip64", zip64_end(sound[:split], sound[split:end], 2))

    add("empty", b"", "no end record")
    add("text", b"PK is no zip file, whatever it looks like", "no end record")
    corpus.cut("zip", "cut", sound, [4, 30, split, split + 20, end, end + 4, len(sound) - 1], words="no end record")
    add("tail", sound + b"\0", "no end record")
    add("comment_lies", zipped(Entry("a", text), comment_size=7), "no end record")
    add("end_record_alone", b"PK\5\6" + b"\xff" * 16 + b"\0\0", "zip64")
    add("more_entries", zipped(Entry("a", text), count=2), "cannot stand in a directory")
    add("most_entries", zipped(Entry("a", text), count=65534), "cannot stand in a directory")
    add("more_entries_than_shown", zipped(Entry("a" * 60, text), count=2), "no directory entry")
    add("directory_beyond", zipped(Entry("a", text), directory_at=10 ** 9), "the file has")
    add("directory_size_beyond", zipped(Entry("a", text), directory_size=10 ** 9), "the file has")
    add("directory_elsewhere", zipped(Entry("a", text), directory_at=3), "does not end at its end record")
    add("directory_ends_early", zipped(Entry("a", text), Entry("b", text), count=1), "1 entries end at byte")
    add("gap_before_the_end", sound[:end] + b"gap" + sound[end:], "does not end at its end record")
    add("signature_local", zipped(Entry("a", text), local=b"PK\3\3"), "no local header")
    add("name_beyond", changed(sound, split + 28, b"\xff\xff"), "bytes are expected at byte")
    add("extra_beyond", changed(sound, split + 30, b"\xff\xff"), "bytes are expected at byte")
    add("local_name_beyond", changed(sound, 26, b"\xff\xff"), "bytes are expected at byte")

    add("place_beyond", zipped(Entry("a", text, place=10 ** 9)), "bytes are expected at byte")
    add("place_in_directory", zipped(Entry("a", text), Entry("b", text, place=5)), "no local header")
    add("overlap_same", zipped(Entry("a", text), Entry("b", text, place=0)), "b has another name at byte 30")
    inner = zipped(Entry("b", text))
    add("overlap_within", zipped(Entry("a", inner), Entry("b", text, place=31)), "overlap at byte 31")
    add("quine_of_overlaps", zipped(*(Entry(f"{i}", text, place=0) for i in range(300))), "1 has another name at byte 30")
    add("names_differ", zipped(Entry("a", text, local_name=b"b")), "a has another name at byte 30")
    add("two_of_one_name", zipped(Entry("a", text), Entry("a", text)), "two entries are called a")


def add_zip_lies(corpus):
    """Sizes, checksums and methods of entries that are not what they say."""
    add = lambda name, data, words, code="bad_data": corpus.add("zip", name, data, code, words)
    text = b"to be packed " * 9
    sound = zipped(Entry("a", text), Entry("b", text, deflated=True))
    split = sound.index(b"PK\1\2")
    end = sound.index(b"PK\5\6")
    add("stored_size_lies", zipped(Entry("a", text, size=5)), "that cannot be")
    add("stored_packed_lies", zipped(Entry("a", text, packed=5)), "that cannot be")
    add("size_gigabytes", zipped(Entry("a", text, deflated=True, size=2 ** 32 - 2)), "that cannot be")
    add("size_larger", zipped(Entry("a", text, deflated=True, size=len(text) + 1)), "the deflated data of a at byte 31 are damaged")
    add("size_smaller", zipped(Entry("a", text, deflated=True, size=len(text) - 1)), "the deflated data of a")
    add("size_zero", zipped(Entry("a", text, deflated=True, size=0)), "the deflated data of a")
    add("bomb_with_small_size", zipped(Entry("a", bytes(1 << 20), deflated=True, size=100)), "the deflated data of a")
    add("deflated_tail", zipped(Entry("a", text, data=deflate(text) + b"tail", method=8)), "the deflated data of a")
    add("deflated_cut", zipped(Entry("a", text, data=deflate(text)[:-3], method=8)), "the deflated data of a")
    add("deflated_nothing", zipped(Entry("a", b"", data=b"", method=8)), "the deflated data of a")
    add("deflated_noise", zipped(Entry("a", text, data=b"\xff" * 40, method=8)), "the deflated data of a")
    add("checksum", zipped(Entry("a", text, crc=1)), "the checksum of a is")
    add("checksum_deflated", zipped(Entry("a", text, deflated=True, crc=1)), "the checksum of a is")
    add("encrypted", zipped(Entry("a", text, flags=1)), "is encrypted", "unsupported")
    add("patched", zipped(Entry("a", text, flags=0x20)), "packed in a way that is not known", "unsupported")
    add("strongly_encrypted", zipped(Entry("a", text, flags=0x40)), "packed in a way that is not known", "unsupported")
    add("version_6_4", zipped(Entry("a", text, version=64)), "packed in a way that is not known", "unsupported")
    for method in (1, 6, 9, 12, 14, 93, 99):
        add(f"method_{method}", zipped(Entry("a", text, method=method)), f"is packed by method {method}", "unsupported")

    body, directory = sound[:split], sound[split:end]
    add("zip64_entries", zip64_end(body, directory, 2 ** 62), "cannot stand in a directory")
    add("zip64_size_wraps", zip64_end(body, directory, 2, size=2 ** 64 - 1), "bytes are expected at byte")
    add("zip64_place_wraps", zip64_end(body, directory, 2, at=2 ** 64 - 10), "bytes are expected at byte")
    add("zip64_end_wraps", zip64_end(body, directory, 2, end=2 ** 64 - 4), "bytes are expected at byte")
    add("zip64_end_elsewhere", zip64_end(body, directory, 2, end=7), "no zip64 end record")
    huge = u16(1) + u16(24) + u64(2 ** 63) * 3
    add("zip64_sizes", zipped(Entry("a", text, size=2 ** 32 - 1, packed=2 ** 32 - 1, place=2 ** 32 - 1, extra=huge)), "bytes are expected")
    add("zip64_extra_short", zipped(Entry("a", text, size=2 ** 32 - 1, extra=u16(1) + u16(4) + u32(1))), "bytes are expected")
    add("zip64_extra_absent", zipped(Entry("a", text, size=2 ** 32 - 1, deflated=True)), "that cannot be")


def add_npz(corpus):
    add = lambda name, data, words, code="bad_data": corpus.add("npz", name, data, code, words)
    X = npy(shape="(4, 2)", data=struct.pack("<8d", *range(8)))
    y = npy(descr="'<i8'", shape="(4,)", data=struct.pack("<4q", 0, 1, 0, 1))
    npz = lambda **arrays: zipped(*(Entry(f"{name}.npy", data) for name, data in arrays.items()))
    corpus.add("npz", "sound", npz(X=X, y=y))
    corpus.add("npz", "sound_deflated", zipped(Entry("X.npy", X, deflated=True), Entry("y.npy", y, deflated=True)))
    corpus.add("npz", "no_target", npz(X=X))
    corpus.add("npz", "text_target", npz(X=X, y=npy(descr="'<U1'", shape="(4,)", data="abab".encode("utf-32-le"))))
    corpus.add("npz", "pictures", npz(X=npy(descr="'|u1'", shape="(2, 3, 4)", data=bytes(24))))
    add("no_features", npz(y=y), "X")
    add("nothing", zipped(), "X")
    add("no_arrays", zipped(Entry("X.txt", b"1 2 3")), "is no .npy")
    add("path_out", zipped(Entry("../../X.npy", X)), "")
    add("pickle", npz(X=npy(descr="'|O'", shape="(1,)", data=b"\x80\x03cos\nsystem\nq\0.")), "Python objects", "unsupported")
    add("pickle_beside", npz(X=X, y=y, z=npy(descr="'|O'", shape="(1,)", data=b"cos\nsystem\n.")), "Python objects", "unsupported")
    add("not_npy", npz(X=b"1,2,3"), "does not begin with 93 'NUMPY'")
    add("rows_differ", npz(X=X, y=npy(descr="'<i8'", shape="(3,)", data=bytes(24))), "expected (4,), one value per row of X")
    add("one_hot", npz(X=X, y=npy(descr="'<i8'", shape="(4, 3)", data=bytes(96))), "argmax")
    add("no_dimensions", npz(X=npy(shape="()", data=bytes(8))), "at least one of each")
    add("no_rows", npz(X=npy(shape="(0, 3)", data=b"")), "at least one of each")
    add("no_columns", npz(X=npy(shape="(3, 0)", data=b"")), "at least one of each")
    add("no_columns_wrapping", npz(X=npy(shape="(18446744073709551615, 0)", data=b"")), "at least one of each")
    add("text_features", npz(X=npy(descr="'<U1'", shape="(4,)", data="abab".encode("utf-32-le"))), "X is text")
    for name, value in (("nan", float("nan")), ("infinity", float("inf"))):
        data = struct.pack("<8d", *range(7), value)
        add(name, npz(X=npy(shape="(4, 2)", data=data), y=y), f"X[3, 1] is {'nan' if value != value else 'inf'}")
    add("target_nan", npz(X=X, y=npy(shape="(4,)", data=struct.pack("<4d", 0, 1, 2, float("nan")))), "y[3] is nan")
    sound = npz(X=X, y=y)
    corpus.cut("npz", "cut", sound, [0, 10, len(sound) // 2, len(sound) - 5], words="no end record")
    for place in range(40, 40 + 8 * 12, 12):
        add(f"bit_{place}", changed(sound, place, bytes([sound[place] ^ 1])), "")


def add(corpus):
    add_zip(corpus)
    add_zip_lies(corpus)
    add_npz(corpus)
