"""The program under shim.cpp: one run with a fault or with none, how often it called what, and what it left."""
import ctypes
import dataclasses
import os
import pathlib
import signal
import subprocess
import tempfile

KINDS = ("alloc", "map", "open", "read", "write", "stream", "sync", "name", "thread")
TIME_LIMIT_SECONDS = 60


class State(ctypes.Structure):
    """As in shim.cpp."""
    _fields_ = [("calls", ctypes.c_uint64 * len(KINDS)), ("failed", ctypes.c_uint64), ("subject", ctypes.c_char * 4096)]


@dataclasses.dataclass(frozen=True)
class Fault:
    """`error` 0: half of what was asked for; `stays`: all later calls of the kind fail, too."""
    kind: str
    number: int
    error: int
    stays: bool = False

    def __str__(self):
        how = "half done" if self.error == 0 else f"{os.strerror(self.error)}"
        return f"{self.kind} {self.number}{' and later' if self.stays else ''}: {how}"

    def variable(self):
        return f"{self.kind}:{self.number}{'+' if self.stays else ''}:{self.error}"


@dataclasses.dataclass
class Ended:
    status: int  # negative: the signal; None: past the time limit
    out: str
    err: str
    calls: dict
    struck: bool  # the fault was reached
    subject: str  # the path that the failed call was about


class Injector:
    def __init__(self, program, shim):
        self.program = pathlib.Path(program).resolve()
        self.environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
        self.shim = pathlib.Path(shim).resolve()

    def plain(self, folder, *words):
        """Without the shim; must succeed. Standard output."""
        return subprocess.run([self.program, *words], cwd=folder, env=self.environment, stdin=subprocess.DEVNULL, check=True,
                              capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS).stdout

    def run(self, folder, words, fault=None, until=None, log=None, sites=None):
        """`until`: SIGTERM once such a text has come on standard output."""
        with tempfile.NamedTemporaryFile(prefix="fault") as file:
            file.write(bytes(State()))
            file.flush()
            environment = dict(self.environment, LD_PRELOAD=str(self.shim), GRADUS_FAULT_STATE=file.name)
            for name, value in (("GRADUS_FAULT", fault and fault.variable()), ("GRADUS_FAULT_LOG", log),
                                ("GRADUS_FAULT_SITES", sites)):
                if value:
                    environment[name] = str(value)
            command = [self.program, *words]
            process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True, errors="replace", close_fds=False)
            status, out, err = wait(process, until)
            state = State.from_buffer_copy(pathlib.Path(file.name).read_bytes())
        calls = dict(zip(KINDS, state.calls))
        return Ended(status, out, err, calls, state.failed > 0, state.subject.decode(errors="replace"))


def wait(process, until):
    seen = ""
    try:
        if until is not None:
            for line in process.stdout:
                seen += line
                if until in line:
                    process.send_signal(signal.SIGTERM)
                    break
        out, err = process.communicate(timeout=TIME_LIMIT_SECONDS)
        return process.returncode, seen + out, err
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        return None, seen + out, err
