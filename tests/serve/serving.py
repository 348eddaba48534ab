"""What the tests of `gradus serve` share: small models, a running server, and a connection that sends what it is told."""
import pathlib
import re
import socket
import subprocess

HOUSES = """area,colour,garden,price
50.1,red,yes,100.5
71.3,blue,no,150.25
62.5,green,no,120.75
33.7,red,yes,80.5
90.9,blue,no,190.125
44.4,green,yes,90.5
61.2,green,no,130.5
58.8,red,yes,110.5
77.7,blue,no,160.5
85.5,green,yes,170.5
"""


def train_models(program, folder):
    """digits.safetensors, pictures in ten classes, and houses.safetensors, a table to a number."""
    (folder / "houses.csv").write_text(HOUSES)
    for data, name in (("digits", "digits"), ("houses.csv", "houses")):
        subprocess.run([program, "train", data, "--quiet", "--epochs", "2", "--hidden", "8", "--out", f"{name}.safetensors"],
                       check=True, cwd=folder, stdout=subprocess.DEVNULL)


class Server:
    """`gradus serve` for the time of a with block; it must end well."""

    def __init__(self, program, folder, *flags):
        command = [program, "serve", "digits.safetensors", "houses.safetensors", "--access-log", "none", *flags]
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", line).group(1))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.terminate()
        status = self.process.wait(timeout=30)
        if kind is None and status != 0:
            raise AssertionError(f"gradus serve ended with {status}")

    def memory(self):
        """VmRSS in bytes."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(re.search(r"VmRSS:\s+(\d+)", text).group(1))


class Connection:
    def __init__(self, port, timeout=20):
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """(status, headers in lower case, body), or None where the server closes first."""
        while b"\r\n\r\n" not in self.rest:
            if not self._more():
                return None
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = int(headers.get("content-length", 0))
        while len(self.rest) < length:
            if not self._more():
                return None
        body, self.rest = self.rest[:length], self.rest[length:]
        return int(first.split()[1]), headers, body

    def _more(self):
        piece = self.socket.recv(65536)
        self.rest += piece
        return bool(piece)

    def ask(self, method, path, body=b"", **headers):
        lines = {"Host": f"127.0.0.1:{self.port}"}
        if method == "POST":
            lines["Content-Length"] = str(len(body))
        lines.update((name.replace("_", "-"), value) for name, value in headers.items())
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.send(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body)
        return self.receive()
