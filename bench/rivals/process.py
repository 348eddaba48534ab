"""Starts workers and speaks with them."""
import json
import os
import pathlib
import subprocess
import sys

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC", "PJRT_NPROC")  # the last two: XLA


class RivalFailed(Exception):
    """A rival is not installed, or its library threw."""


class Process:
    """A worker with a number of threads, None for the library's default. One command at a time."""

    def __init__(self, adapter, threads, variables):
        environment = {name: value for name, value in os.environ.items() if name not in THREAD_VARIABLES}
        environment.update({"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "", **variables})
        if threads:
            environment.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
        command = [sys.executable, pathlib.Path(__file__).with_name("worker.py"), adapter]
        command += ["--threads", str(threads)] if threads else []
        self.process = subprocess.Popen(command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.adapter, self.threads = adapter, threads
        hello = self.answer()
        if "missing" in hello:
            self.close()
            raise RivalFailed(f"not installed: {hello['missing']}")
        self.version, self.variants = hello["version"], hello["variants"]

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RivalFailed(f"the process of {self.adapter} ended with status {self.process.wait()}")
        answer = json.loads(line)
        if "failed" in answer:
            raise RivalFailed(answer["failed"].splitlines()[0])
        return answer

    def ask(self, do, **arguments):
        print(json.dumps({"do": do, **arguments}), file=self.process.stdin, flush=True)
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
