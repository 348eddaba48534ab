"""What the cases of all formats share."""
import struct
import zlib


class Corpus:
    """Inputs for targets with what is expected of each: ("npy", "pickle.npy", bytes, "unsupported", "Python objects")."""

    def __init__(self):
        self.cases = {}

    def add(self, target, name, data, code="ok", words=""):
        data = data.encode() if isinstance(data, str) else data
        assert (target, name) not in self.cases, (target, name)
        assert "\t" not in words and "\n" not in words
        self.cases[target, name] = (data, code, words)

    def cut(self, target, name, data, places, code="bad_data", words=""):
        """The file cut off at each of these places."""
        for place in places:
            self.add(target, f"{name}_cut_{place}", data[:place], code, words)

    def write(self, folder):
        """How many of them are damaged: expected to be refused."""
        lines = []
        for (target, name), (data, code, words) in sorted(self.cases.items()):
            (folder / target).mkdir(parents=True, exist_ok=True)
            (folder / target / name).write_bytes(data)
            lines.append("\t".join((target, name, code, words)))
        (folder / "expected.tsv").write_text("\n".join(lines) + "\n")
        return sum(code != "ok" for _, code, _ in self.cases.values())


def changed(data, place, new):
    """With `new` in place of the bytes there."""
    return data[:place] + new + data[place + len(new):]


def gzip(data, level=6):
    """Without time and name: the same bytes at every call."""
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def deflate(data, level=6):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def u16(number):
    return struct.pack("<H", number)


def u32(number):
    return struct.pack("<I", number)


def u64(number):
    return struct.pack("<Q", number)
