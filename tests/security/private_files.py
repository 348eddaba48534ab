#!/usr/bin/env python3
"""What other users of the machine could see or bend: modes of files and folders, links that somebody planted, tokens.

    private_files.py --program build/gradus
"""
import argparse
import os
import pathlib
import re
import signal
import stat
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

found = []


def check(right, what):
    if not right:
        found.append(what)


def gradus(program, *words, folder, umask=0o022, **more):
    return subprocess.run([program, *words], cwd=folder, umask=umask, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **more)


def modes_follow_the_umask(program, folder):
    """Nothing is opened wider than the user's umask has it, and nothing is executable."""
    for umask in (0o077, 0o027):
        place = folder / f"umask-{umask:o}"
        place.mkdir()
        for words in (["train", "digits", "--epochs", "2", "--hidden", "4"], ["runs", "export", "1", "--to", "csv", "--out", "exported"],
                      ["report", "1", "--out", "report.html"], ["model", "convert", "runs/1/model.safetensors", "m.onnx"]):
            done = gradus(program, *words, folder=place, umask=umask)
            check(done.returncode == 0, f"{words}: {done.stderr}")
        for path in place.rglob("*"):
            mode = stat.S_IMODE(path.stat().st_mode)
            check(mode & umask == 0, f"{path.relative_to(folder)}: mode {mode:o} under umask {umask:o}")
            check(path.is_dir() or mode & 0o111 == 0, f"{path.relative_to(folder)}: is executable")


def private_files_stay_private(program, folder):
    """A file that is written anew keeps its mode, from the first byte on."""
    model = folder / "model.safetensors"
    model.touch(mode=0o600)
    done = gradus(program, "train", "digits", "--epochs", "1", "--hidden", "4", "--out", model.name, folder=folder)
    check(done.returncode == 0, done.stderr)
    check(stat.S_IMODE(model.stat().st_mode) == 0o600, "a private file became public")


def planted_links_are_not_followed(program, folder):
    """Whoever guesses the temporary name of a file cannot have another one written in its place."""
    victim = folder / "victim"
    victim.write_text("mine")
    script = 'for n in 0 1 2 3 4 5 6 7 8 9; do ln -s victim ".gradus-$$-$n.tmp"; done; exec "$0" model convert model.safetensors out.npz'
    done = subprocess.run(["sh", "-c", script, program], cwd=folder, capture_output=True, text=True, check=False)
    check(done.returncode == 0, done.stderr)
    check(victim.read_text() == "mine", "a planted link was followed")
    check((folder / "out.npz").stat().st_size > 0 and not (folder / "out.npz").is_symlink(), "the file did not come to stand under its name")


def status_of(port, token, path="/v2"):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def tokens_are_for_their_owner(program, folder):
    """A token in a file is not in the list of processes, and the file must be its owner's alone."""
    token = "a-token-that-nobody-guesses"
    file = folder / "token"
    file.write_text(token + "\n")
    file.chmod(0o644)
    refused = gradus(program, "serve", "model.safetensors", "--token-file", "token", folder=folder)
    check(refused.returncode == 2 and "chmod 600 token" in refused.stderr, f"a readable token file: {refused.stderr}")
    file.chmod(0o600)
    with subprocess.Popen([program, "serve", "model.safetensors", "--token-file", "token", "--access-log", "log"], cwd=folder,
                          stdout=subprocess.PIPE, text=True) as server:
        try:
            port = int(re.search(r"127\.0\.0\.1:(\d+)", server.stdout.readline())[1])
            check(status_of(port, token) == 200, "the right token is refused")
            check(status_of(port, "") == 401 and status_of(port, token[:-1]) == 401, "a wrong token is taken")
            status_of(port, "", "/%1b]0;owned%07%c2%9b2J%e2%80%ae?secret=query")
            command_line = pathlib.Path(f"/proc/{server.pid}/cmdline").read_bytes()
            check(token.encode() not in command_line, "the token stands in the list of processes")
        finally:
            server.send_signal(signal.SIGTERM)
    check(server.returncode == 0, f"exit status {server.returncode}")
    log = (folder / "log").read_bytes()
    check(log.count(b"\n") == 4 and all(byte == 10 or 0x20 <= byte < 0x7f for byte in log), f"the access log could steer a terminal: {log}")
    check(token.encode() not in log and b"secret" not in log, "the access log holds tokens or queries")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    program = parser.parse_args().program.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        modes_follow_the_umask(program, folder)
        private_files_stay_private(program, folder)
        planted_links_are_not_followed(program, folder)
        if (program.parent / "libexec/gradus/gradus-server").exists():
            tokens_are_for_their_owner(program, folder)
    print("\n".join(found) or "files, links and tokens are their owner's")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
