#!/usr/bin/env python3
"""What several processes under mpirun train, store and say.

    tests/dist/processes.py --program build/gradus            half a minute: 2, 3 and 8 processes
    tests/dist/processes.py --program build/gradus --long     every number of threads, processes and kernel set; 100 lost processes

Exit status 77, with a message, where there is no mpirun or the program has no module for MPI.
"""
import argparse
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
SECONDS_TO_END = 10  # within which a job ends that has lost a process
TRAINING = ["train", "digits", "--hidden", "48,24", "--normalization", "batch", "--dropout", "0.1", "--epochs", "3", "--json"]


def mpirun(processes):
    words = ["mpirun", "--oversubscribe", "--bind-to", "none", "--mca", "btl", "self,vader"]
    if os.geteuid() == 0:
        words.append("--allow-run-as-root")
    return [*words, "-n", str(processes)]


class Bench:
    """Runs the program in a folder of its own."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder

    def run(self, words, processes=0, **environment):
        front = mpirun(processes) if processes else []
        return subprocess.run([*front, self.program, *words], cwd=self.folder, env={**os.environ, **environment},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)

    def start(self, words, processes, patience=1):
        limit = ["--mca", "odls_base_sigkill_timeout", str(patience)]
        return subprocess.Popen([*mpirun(processes), *limit, self.program, *words], cwd=self.folder, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)


def check(condition, what, done=None):
    if condition:
        return
    if done is not None:
        print(f"exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    sys.exit(f"FAILED: {what}")


def end_of(done):
    check(done.returncode == 0, "a training that ends well", done)
    return json.loads(done.stdout.splitlines()[-1])


def outcome(done):
    """What must not depend on who computes it."""
    end = end_of(done)
    return end["weights_sha256"], end["train"], end.get("validation"), end["test"], end["steps"]


def same_bits(bench, combinations):
    words = [*TRAINING, "--gradient-slices", "8"]
    expected = outcome(bench.run([*words, "--threads", "1"]))
    print(f"8 slices, one process: {expected[0]}", flush=True)
    check(expected[0] != outcome(bench.run(TRAINING))[0], "slices are a term of the result")
    for processes, threads, kernels in combinations:
        done = bench.run([*words, "--threads", str(threads)], processes, GRADUS_KERNELS=kernels)
        check(outcome(done) == expected, f"{processes} processes, {threads} threads, kernels {kernels or 'best'}: the same bits", done)
        print(f"  {processes} processes x {threads} threads, kernels {kernels or 'best'}: the same", flush=True)
    for more in (["--max-norm", "0.9"], ["--clip-norm", "0.1"]):
        expected_too = outcome(bench.run([*words, *more, "--threads", "1"]))
        check(outcome(bench.run([*words, *more, "--threads", "1"], 3)) == expected_too, f"3 processes, {' '.join(more)}: the same bits")
    done = bench.run([*words, "--threads", "1"], 3, GRADUS_MPI_MESSAGES="1")
    check(outcome(done) == expected, "3 processes that send instead of sharing memory: the same bits", done)
    alone = [bench.program, *words, "--threads", "1"]
    line = [*mpirun(1), "-x", "GRADUS_MPI_MESSAGES=1", *alone, ":", "-n", "2", *alone]
    done = subprocess.run(line, cwd=bench.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    check(outcome(done) == expected, "3 processes of which one would send: the same bits", done)


def one_store(bench):
    before = len(bench.run(["runs", "list", "--limit", "0", "--json"]).stdout.splitlines())
    end_of(bench.run([*TRAINING, "--gradient-slices", "2"], 2))
    after = bench.run(["runs", "list", "--limit", "0", "--json"])
    check(len(after.stdout.splitlines()) == before + 1, "two processes store one run", after)
    newest = max(json.loads(line)["run"] for line in after.stdout.splitlines())
    kept = (bench.folder / "runs" / str(newest) / "config.toml").read_text()
    check("\nthreads = 1 " in kept, f"each of several processes takes one thread:\n{kept}")


def in_folders(bench, words, content):
    """One process in each of two folders with another file of the same name."""
    line = [*mpirun(1)[:-2]]
    for number, text in enumerate(content):
        folder = bench.folder / f"machine{number}"
        folder.mkdir(exist_ok=True)
        (folder / "shared.toml").write_text(text)
        (folder / "shared.csv").write_text(text)
        line += [":"] * (number > 0) + ["-n", "1", "-wdir", str(folder), bench.program, *words]
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    return done, bench.folder / "machine0" / "runs"


def resumed_elsewhere(bench):
    """The store is for process 0 alone: another has the run's folder and no store."""
    training = ["train", "shared.csv", "--gradient-slices", "2", "--epochs", "4", "--patience", "0", "--json"]
    done, runs = in_folders(bench, training, [table(1), table(1)])
    expected = outcome(done)
    elsewhere = bench.folder / "machine1" / "runs"
    shutil.rmtree(elsewhere, ignore_errors=True)
    shutil.copytree(runs / "1", elsewhere / "1")
    done, _ = in_folders(bench, ["train", "--resume", "1", "--json"], [table(1), table(1)])
    check(outcome(done) == expected, "process 0 alone reads the store of a run that goes on", done)
    shutil.rmtree(runs)
    shutil.rmtree(elsewhere)


def table(last):
    return "a,b,class\n" + "".join(f"{i},{i * i % 7},{'xy'[i % 2]}\n" for i in range(39)) + f"{last},1,x\n"


def differences(bench):
    """What is not the same on every machine is refused before a run is made of it."""
    training = ["train", "shared.csv", "--gradient-slices", "2", "--epochs", "2", "--json"]
    done, runs = in_folders(bench, training, [table(1), table(1)])
    end_of(done)
    shutil.rmtree(runs)
    done, runs = in_folders(bench, training, [table(1), table(2)])
    check(done.returncode == 2 and done.stderr.count("process 1 of 2") == 1 and "data" in done.stderr, "other data elsewhere: exit 2", done)
    check(not list(runs.glob("*/config.toml")), "other data elsewhere: no run", done)
    done, runs = in_folders(bench, training, [table(1), "a,b\n"])
    check(done.returncode == 2 and not list(runs.glob("*/config.toml")), "broken data elsewhere: exit 2 and no run", done)
    done, _ = in_folders(bench, ["study", "shared.toml"], [STUDY, STUDY.replace("epochs = 20", "epochs = 21")])
    check(done.returncode == 2 and done.stderr.count("its studies are not") == 1, "another study elsewhere: exit 2", done)


def mistakes(bench):
    done = bench.run([*TRAINING, "--gradient-slices", "2", "--checkpoint-every", "often"], 2)
    check(done.returncode == 2 and done.stderr.count("--checkpoint-every") == 1, "a wrong word for a flag: exit 2, said once", done)
    done = bench.run(TRAINING, PMI_SIZE="4")
    check(done.returncode == 2 and "4 were started together" in done.stderr, "another MPI's mpirun: exit 2", done)
    end_of(bench.run(TRAINING, PMIX_RANK="0", SLURM_STEP_NUM_TASKS="1", LD_LIBRARY_PATH="/nowhere"))
    done = bench.run(TRAINING, 3)
    check(done.returncode == 2, "more processes than slices: exit 2", done)
    check(done.stderr.count("--gradient-slices 3") == 1, "one message names the flag", done)
    done = bench.run(["train", "nowhere.csv", "--gradient-slices", "2"], 2)
    check(done.returncode == 3 and done.stderr.count("nowhere.csv") == 1, "a file that is not there: exit 3, said once", done)


def processes_of(job):
    """Pid by rank, of the processes that this mpirun has started."""
    found = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            environment = (folder / "environ").read_bytes().split(b"\0")
        except (OSError, IndexError):
            continue
        if parent == job.pid:
            for entry in environment:
                if entry.startswith(b"OMPI_COMM_WORLD_RANK="):
                    found[int(entry.split(b"=")[1])] = int(folder.name)
    return found


LONG_TRAINING = ["train", "digits", "--hidden", "64", "--epochs", "1000000", "--patience", "0", "--quiet", "--gradient-slices", "3"]


def started(bench, words, processes, patience=1):
    job = bench.start(words, processes, patience)
    limit = time.monotonic() + 60
    while len(processes_of(job)) < processes:
        check(time.monotonic() < limit, f"{processes} processes start within a minute")
        time.sleep(0.02)
    return job


def lost_process(bench, times, generator):
    """The first time with the patience that docs/cluster.md proposes for checkpoints that take long."""
    slowest = 0
    for attempt in range(times):
        job = started(bench, LONG_TRAINING, 3, patience=4 if attempt == 0 else 1)
        time.sleep(generator.uniform(0, 1.5))
        rank = generator.randrange(3)
        lost_at = time.monotonic()
        os.kill(processes_of(job)[rank], signal.SIGKILL)
        try:
            out, err = job.communicate(timeout=SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            job.kill()
            check(False, f"a job that has lost process {rank} ends within {SECONDS_TO_END} s")
        slowest = max(slowest, time.monotonic() - lost_at)
        check(job.returncode != 0, "a job that has lost a process fails")
        check(f"rank {rank}" in out + err, f"the message names process {rank}:\n{out}{err}")
    print(f"{times} processes lost: every job ended, within {slowest:.1f} s", flush=True)


def resumed(bench, times, generator):
    """A job that has lost a process goes on from its checkpoint, with another number of processes, to the same bits."""
    words = ["train", "digits", "--hidden", "64", "--normalization", "batch", "--epochs", "5", "--patience", "0", "--json", "--gradient-slices", "3"]
    expected = end_of(bench.run(words))["weights_sha256"]
    for attempt in range(times):
        runs = f"lost{attempt}"
        job = started(bench, [*words, "--checkpoint-every", "50ms", "--runs", runs], 3)
        limit = time.monotonic() + 60
        while not list((bench.folder / runs).glob("*/checkpoint")) and job.poll() is None and time.monotonic() < limit:
            time.sleep(0.005)
        time.sleep(generator.uniform(0, 0.5))
        pids = processes_of(job)
        if pids:
            os.kill(generator.choice(list(pids.values())), signal.SIGKILL)
        out, _ = job.communicate(timeout=60)
        if job.returncode == 0:  # it was faster
            check(json.loads(out.splitlines()[-1])["weights_sha256"] == expected, "the same bits")
            continue
        processes = generator.choice((0, 2, 3))
        done = bench.run(["train", "--resume", "1", "--runs", runs, "--json"], processes)
        check(end_of(done)["weights_sha256"] == expected, f"a lost job goes on with {processes} processes to the same bits", done)
    print(f"{times} jobs went on after they had lost a process, to the same bits", flush=True)


def interrupted(bench):
    job = started(bench, LONG_TRAINING, 3, patience=5)
    time.sleep(1)
    for rank, pid in processes_of(job).items():
        check("memfd:gradus" in pathlib.Path(f"/proc/{pid}/maps").read_text(), f"process {rank} shares memory with the others")
    job.send_signal(signal.SIGINT)
    try:
        job.communicate(timeout=SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        job.kill()
        check(False, "an interrupted job ends")
    check(job.returncode != 0, "an interrupted job does not end well")
    runs = [json.loads(line) for line in bench.run(["runs", "list", "--json", "--limit", "0"]).stdout.splitlines()]
    check(max(runs, key=lambda run: run["run"])["status"] == "interrupted", "an interrupted run is stored as such")


STUDY = """
title = "widths"
question = "which width?"
replicates = 4

[base]
data = "digits"
epochs = 20
patience = 0

[vary]
hidden = [[8], [16], [32]]
"""


def hashes_of(bench, runs):
    lines = bench.run(["runs", "list", "--json", "--runs", runs, "--limit", "0"]).stdout.splitlines()
    return sorted(json.loads(line)["weights_sha256"] for line in lines)


def study(bench):
    (bench.folder / "widths.toml").write_text(STUDY)
    for processes, runs in ((0, "alone"), (3, "together")):
        done = bench.run(["study", "widths.toml", "--runs", runs, "--json"], processes)
        check(done.returncode == 0, "a study", done)
    alone = hashes_of(bench, "alone")
    check(len(alone) == 12 and alone == hashes_of(bench, "together"), "a study over processes stores the same runs")
    done = bench.run(["study", "widths.toml", "--runs", "together", "--workers", "2"], 2)
    check(done.returncode == 2 and done.stderr.count("--workers") == 1, "--workers with several processes: exit 2", done)
    (bench.folder / "nothing.toml").write_text('replicates = 4\n[base]\ndata = "nowhere.csv"\n')
    done = bench.run(["study", "nothing.toml"], 2)
    check(done.returncode == 3 and "nowhere.csv" in done.stderr and "process 0 of" not in done.stderr, "an error is told under one name", done)
    print("a study of 12 runs over 3 processes: the same runs", flush=True)


def kernel_sets(bench):
    return json.loads(bench.run(["version", "--json"]).stdout)["kernel_sets"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    program = options.program.resolve()
    if shutil.which("mpirun") is None or not (program.parent / "gradus_mpi.so").exists():
        print("skipped: no mpirun, or no gradus_mpi.so beside the program; install libopenmpi-dev and openmpi-bin and build again")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(str(program), pathlib.Path(folder))
        if options.long:
            same_bits(bench, itertools.product((1, 2, 3, 4, 8), (1, 2, 3, 8), kernel_sets(bench)))
        else:
            same_bits(bench, [(1, 2, ""), (2, 1, ""), (3, 1, "scalar"), (8, 1, "")])
        one_store(bench)
        mistakes(bench)
        differences(bench)
        resumed_elsewhere(bench)
        study(bench)
        interrupted(bench)
        resumed(bench, 100 if options.long else 2, random.Random(options.seed + 1))
        lost_process(bench, 100 if options.long else 2, random.Random(options.seed))


main()
