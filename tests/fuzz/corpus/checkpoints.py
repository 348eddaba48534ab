"""Checkpoints. The target puts length and hash right, so damage is in what stands between."""
import pathlib
import signal
import struct
import subprocess
import time

from corpus.cases import changed, u32, u64

# As in checkpoints.cpp.
FLAGS = {"adam": [], "lbfgs": ["--optimizer", "lbfgs"],
         "momentum": ["--optimizer", "momentum", "--generator", "mt19937", "--dropout", "0.5", "--precision", "double"]}


def stopped(program, work, name):
    """The checkpoint of a training that was stopped after some steps: the one thing here that is not always the same bytes."""
    path = pathlib.Path(work) / name / "1/checkpoint"
    train = subprocess.Popen([program, "train", "blobs", "--hidden", "4", "--epochs", "1000000", "--patience", "0", "--threads", "1",
                              *FLAGS[name], "--quiet", "--runs", name], cwd=work, stdout=subprocess.DEVNULL)
    while not path.exists() and train.poll() is None:
        time.sleep(0.005)
    train.send_signal(signal.SIGTERM)
    train.wait()
    return path.read_bytes()


def state_at(data):
    """Where the state begins: behind 24 bytes, the configuration and the data hash."""
    at = 24
    for _ in range(2):
        at += 8 + struct.unpack_from("<Q", data, at)[0]
    return at


def add(corpus, program, work):
    add = lambda name, data, words, code="bad_data": corpus.add("checkpoint", name, data, code, words)
    for name in FLAGS:
        sound = stopped(program, work, name)
        corpus.add("checkpoint", f"sound_{name}", sound)
        state, end = state_at(sound), len(sound) - 64
        corpus.cut("checkpoint", f"{name}_cut", sound[:-64], [0, 20, 60, state], words="")
        for eighth in range(8):
            add(f"{name}_cut_{eighth}", sound[:state + (end - state) * eighth // 8] + bytes(64), "")
        add(f"{name}_byte_more", sound[:end] + b"\0" + bytes(64), "more bytes than belong there")
        add(f"{name}_ones", sound[:state] + b"\xff" * (end - state) + bytes(64), "")
    add("magic", changed(sound, 0, b"GRADUSXX"), "no begin of a checkpoint")
    add("version", changed(sound, 8, u32(99)), "its format is version 99", "unsupported")
    add("numerics", changed(sound, 12, u32(99)), "it is of numerics version 99", "unsupported")
    add("configuration_longer", changed(sound, 24, u64(2 ** 63)), "a list that is longer than the file")
    add("configuration_not_toml", changed(sound, 32, b"= = ="), "")
