#!/usr/bin/env python3
"""Kills gradus at random instants and looks at what is left.

    kill_training.py --program build/gradus --kills 20

Trainings (SIGKILL, checkpoints each 50 ms): each goes on with --resume, perhaps to be killed again, and must end with the weights, the
end line, the history and the stored series of a training that nobody disturbed; every checkpoint found on the way must be whole.
The store: a study is killed and run again until it is done; the database must be sound each time and list only runs whose files
are there. Exports: a model file that is converted again and again is whole at every moment, the old one or the new one.
"""
import argparse
import csv
import hashlib
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

TRAINING = ["digits", "--hidden", "64", "--epochs", "150", "--patience", "0", "--threads", "1", "--dropout", "0.1",
            "--schedule", "plateau", "--log-every", "10"]
TIMEOUT_SECONDS = 120
STUDY = """title = "To be killed"
replicates = 20
[base]
data = "xor"
samples = 100
epochs = 3
[vary]
hidden = [2, 3, 4, 5, 6]
"""


class Failure(Exception):
    pass


def require(right, words):
    if not right:
        raise Failure(words)


class Killer:
    """Starts the program and, after a random time, kills it."""

    def __init__(self, program, seed):
        self.program = str(program)
        self.random = random.Random(seed)
        self.kills = 0

    def run(self, arguments, folder, longest=None):
        """(exit status, standard output, standard error); the status is None where it was killed, within `longest` seconds."""
        process = subprocess.Popen([self.program, *arguments], cwd=folder, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        try:
            wait = TIMEOUT_SECONDS if longest is None else self.random.uniform(0, longest)
            output, errors = process.communicate(timeout=wait)
            return process.returncode, output, errors
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            require(longest is not None, f"{arguments}: did not end within {TIMEOUT_SECONDS} s")
            self.kills += 1
            return None, "", ""

    def finish(self, arguments, folder):
        status, output, errors = self.run(arguments, folder)
        require(status == 0, f"gradus {' '.join(arguments)}: exit {status}: {errors.strip()}")
        return output


def sound_store(folder):
    """A connection to the store, whose soundness was looked at; None where there is none yet."""
    path = folder / "runs" / "runs.sqlite"
    if not path.exists():
        return None
    database = sqlite3.connect(path)
    if database.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'points'").fetchone()[0] == 0:
        return None
    require(database.execute("PRAGMA integrity_check").fetchone()[0] == "ok", f"{path}: damaged")
    return database


def last_run(folder):
    database = sound_store(folder)
    row = database.execute("SELECT max(id) FROM runs").fetchone() if database else (None,)
    return row[0]


def require_whole_checkpoints(run):
    """Number of checkpoint files in a run's folder, each of them whole."""
    found = [run / name for name in ("checkpoint", "checkpoint.previous") if (run / name).exists()]
    for path in found:
        content = path.read_bytes()
        length = int.from_bytes(content[16:24], "little")
        right = content[:8] == b"GRADUSCP" and length == len(content)
        right = right and hashlib.sha256(content[:-64]).hexdigest().encode() == content[-64:]
        require(right, f"{path}: damaged, {len(content)} bytes")
    return len(found)


def told(output, folder, number):
    """What must be the same as undisturbed: nothing of it depends on time."""
    end = json.loads(output.strip().splitlines()[-1])
    require(end["event"] == "end", f"no end line: {end}")
    for name in ("seconds", "model"):
        del end[name]
    with open(folder / "runs" / str(number) / "history.csv") as file:
        history = [{name: value for name, value in row.items() if "seconds" not in name} for row in csv.DictReader(file)]
    series = sound_store(folder).execute(
        "SELECT name, points FROM points JOIN series ON series = id WHERE run = ? AND name <> 'seconds' ORDER BY name",
        (number,)).fetchall()
    return {"end": end, "history": history, "series": series}


def kill_trainings(killer, kills):
    training = ["train", *TRAINING, "--json", "--checkpoint-every", "50ms"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        begin = time.monotonic()
        output = killer.finish(training, folder)
        longest = 1.1 * (time.monotonic() - begin)
        expected = told(output, folder, 1)
    chains = files = 0
    killer.kills = 0
    while killer.kills < kills:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            status, left = None, killer.random.randint(1, 4)
            while status is None:
                number = last_run(folder)
                command = ["train", "--resume", str(number), "--json", "--checkpoint-every", "50ms"] if number else training
                if number:
                    files += require_whole_checkpoints(folder / "runs" / str(number))
                status, output, errors = killer.run(command, folder, longest if left > 0 else None)
                left -= 1
            number = last_run(folder)
            require(status == 0, f"{command}: exit {status}: {errors}")
            found = told(output, folder, number)
            for part, value in expected.items():
                require(found[part] == value, f"{command}: another {part}: {found[part]} instead of {value}")
            leftovers = [path.name for path in (folder / "runs" / str(number)).iterdir() if path.suffix == ".tmp"]
            require(not leftovers, f"left behind: {leftovers}")
            again = told(killer.finish(["train", "--resume", str(number), "--json"], folder), folder, number)
            require(again["end"] == expected["end"], f"another end line when asked again: {again['end']}")
            chains += 1
            if chains % 100 == 0:
                print(f"trainings: {killer.kills} kills so far", flush=True)
    print(f"trainings: {killer.kills} kills of {chains} runs, {files} checkpoints found, all whole; every run ended like the "
          f"undisturbed one, {expected['end']['weights_sha256'][:16]}")


def kill_studies(killer, kills):
    killer.kills = 0
    rounds = 0
    while killer.kills < kills:
        rounds += 1
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "study.toml").write_text(STUDY)
            status, left = None, 3
            while status is None:
                status, _, errors = killer.run(["study", "study.toml", "--json"], folder, 0.4 if left > 0 else None)
                left -= 1
                database = sound_store(folder)
                if database is None:
                    continue
                for number, run_status, model in database.execute("SELECT id, status, model FROM runs"):
                    whole = run_status == "finished" and (folder / "runs" / str(number) / model).exists()
                    require(whole, f"run {number} of a killed study: {run_status}, {model}")
            require(status == 0, f"study: exit {status}: {errors}")
            count = sound_store(folder).execute("SELECT count(*) FROM runs").fetchone()[0]
            require(count == 100, f"study: {count} runs; expected 100")
    print(f"store: {killer.kills} kills of {rounds} studies, the database sound after each, every listed run with its files")


def kill_exports(killer, kills):
    killer.kills = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for hidden in ("32", "48"):
            killer.finish(["train", "digits", "--hidden", hidden, "--epochs", "1", "--quiet"], folder)
        conversions, wholes = [], {}
        for run in ("1", "2"):
            for suffix in ("onnx", "npz", "safetensors", "h"):
                target = f"model.{suffix}"
                conversions.append(["model", "convert", f"runs/{run}/model.safetensors", target])
                killer.finish(conversions[-1], folder)
                wholes.setdefault(target, set()).add((folder / target).read_bytes())
        require(all(len(contents) == 2 for contents in wholes.values()), "the two models have equal files")
        while killer.kills < kills:
            conversion = killer.random.choice(conversions)
            killer.run(conversion, folder, 0.03)
            require((folder / conversion[-1]).read_bytes() in wholes[conversion[-1]], f"{conversion[-1]}: neither old nor new")
    print(f"exports: {killer.kills} kills, every file the old one or the new one")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--kills", type=int, default=20, help="of trainings; as many of exports, a tenth of studies [20]")
    parser.add_argument("--seed", type=int, default=None, help="of the instants [drawn and printed]")
    parser.add_argument("--only", choices=["exports", "studies", "trainings"], help="one kind [all three]")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(4), "little")
    print(f"seed {seed}", flush=True)
    killer = Killer(options.program.resolve(), seed)
    try:
        if options.only in (None, "exports"):
            kill_exports(killer, options.kills)
        if options.only in (None, "studies"):
            kill_studies(killer, max(2, options.kills // 10))
        if options.only in (None, "trainings"):
            kill_trainings(killer, options.kills)
    except Failure as failure:
        print(f"FAILED: {failure} (seed {seed})")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
