"""Times training: each rival against gradus, work by work."""
import contextlib
import dataclasses
import pathlib

import works
from measure import interleaved, thread_settings, worst_difference
from process import Process, RivalFailed
from table import say_rows

RIVALS = {
    "PyTorch eager": "pytorch:Eager",
    "PyTorch compiled": "pytorch:Compiled",
    "JAX": "jax_scan:Training",
    "scikit-learn": "scikit_learn:Training",
    "NumPy": "numpy_in_place:Training",
}
BOUND = 1e-5  # of the relative difference of losses


@dataclasses.dataclass(frozen=True)
class Start:
    """What gradus did with a work before the rivals came."""
    folder: pathlib.Path
    losses: list[float]  # of the first steps
    epochs: int  # in a timed piece


def compare(options, program, names, say):
    """One result per work, rival and number of threads; `say` gets lines for people on the way."""
    results, starts = [], {}
    for work in options.works:
        folder = options.folder / work.name
        works.write(work, folder, options.data_dir)
        starts[work] = Start(folder, program.losses(work, folder), program.epochs_of_a_piece(work, folder))
    for rival in names:
        try:
            with contextlib.ExitStack() as stack:
                processes = {threads: stack.enter_context(Process(RIVALS[rival], threads, options.variables))
                             for threads in thread_settings(options.threads, options.processors)}
                say(f"{rival}: {processes[None].version}")
                for work in options.works:
                    new = against(rival, work, starts[work], processes, program, options, say)
                    results += new
                    say_rows(new, say)
        except RivalFailed as error:
            say(f"{rival}: skipped: {error}")
    return results


def against(rival, work, start, processes, program, options, say):
    """The results of one rival on one work; none when it computes something else."""
    try:
        ready = {threads: best_variant(process, work, start) for threads, process in processes.items()}
    except RivalFailed as error:
        say(f"  {work.title}: stopped: {error}")
        return []
    worst = max(worst for _, worst, _ in ready.values())
    say(f"  {work.title}: losses agree within {worst:.1e} over {len(start.losses)} steps")
    numbers = {threads: seconds for threads, (_, _, seconds) in ready.items() if threads}
    best = min(numbers, key=numbers.get)
    results = []
    for threads in dict.fromkeys([*options.threads, best, None]):
        variant, worst, _ = ready[threads]
        process, cpu = processes[threads], []

        def piece():
            answer = process.ask("train")
            cpu.append(answer["cpu_seconds"] / answer["seconds"])
            return answer["seconds_per_step"]

        process.ask("warm_up", variant=variant)
        ours, theirs = interleaved(lambda: program.seconds_per_step(work, start.folder, threads, start.epochs), piece,
                                   options.pairs)
        results.append({"kind": "training", "work": work.title, "rival": rival, "variant": variant,
                        "version": process.version, "threads": threads, "best": threads == best,
                        "gradus_threads": threads if program.takes_threads else 1,
                        "worst_loss_difference": worst, "gradus": ours, "theirs": theirs, "cores": cpu})
    return results


def best_variant(process, work, start):
    """Name, worst difference of losses and seconds a step of the variant that an epoch shows to be the fastest.

    With the default number of threads the first variant, the library's own defaults, is taken as it is."""
    process.ask("prepare", work=work.name, folder=str(start.folder))
    found = []
    for variant in process.variants if process.threads else process.variants[:1]:
        worst = worst_difference(start.losses, process.ask("losses", variant=variant)["losses"])
        if not worst <= BOUND:
            raise RivalFailed(f"{variant}: losses differ from gradus' by {worst:.1e}; expected at most {BOUND:.0e}")
        found.append((variant, worst, process.ask("warm_up", variant=variant)["seconds"]))
    return min(found, key=lambda entry: entry[2])
