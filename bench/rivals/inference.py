"""Times predictions: one row, and batches, called from Python on all sides."""
import contextlib

import numpy as np

import works
from measure import interleaved, thread_settings
from process import Process, RivalFailed
from table import say_rows

RIVALS = {"ONNX Runtime": "onnx_runtime:Inference", "PyTorch": "pytorch:Inference"}
GRADUS = "gradus_library:Inference"
ROWS = (1, 1024)
BOUND = 1e-5  # of the difference of probabilities
PIECE_SECONDS = 0.2


def compare(options, program, names, say):
    """One result per network, rows, rival and number of threads."""
    if not options.library:
        say("predictions: gradus is left out: no --library with the C interface of adapters/gradus_library.py was named")
    cases = [case(widths, rows, options, program) for widths in works.INFERENCE_WIDTHS for rows in ROWS]
    results = []
    for rival in names:
        try:
            with contextlib.ExitStack() as stack:
                settings = thread_settings(options.threads, options.processors)
                theirs = {threads: stack.enter_context(Process(RIVALS[rival], threads, options.variables))
                          for threads in settings}
                gradus = stack.enter_context(Process(GRADUS, None, options.variables)) if options.library else None
                say(f"{rival}: {theirs[None].version}")
                for title, arrays, model in cases:
                    say(f"  {title}")
                    new = against(rival, title, arrays, model, theirs, gradus, options)
                    results += new
                    say_rows(new, say)
        except RivalFailed as error:
            say(f"{rival}: skipped: {error}")
    return results


def case(widths, rows, options, program):
    """Title, file with the weights and x, and gradus' model of one case."""
    name = "-".join(map(str, widths))
    base = next(work for work in works.WORKS if work.widths == widths)
    folder = options.folder / base.name
    if not (folder / "data.npz").exists():
        works.write(base, folder, options.data_dir)
    model, layers = program.model(base, folder)
    arrays = folder / f"predict-{rows}.npz"
    tensors = {f"{2 * k}.{part}": array for k, layer in enumerate(layers) for part, array in zip(("weight", "bias"), layer)}
    with np.load(folder / "data.npz") as data:
        np.savez(arrays, x=data["X"][:rows], **tensors)
    return f"{name}, {rows:,} row{'s' * (rows > 1)}", arrays, model


def against(rival, title, arrays, model, processes, gradus, options):
    """The results of one rival on one case. gradus predicts on one thread, beside any number of theirs."""
    found = {threads: best_variant(process, arrays) for threads, process in processes.items()}
    numbers = {threads: seconds for threads, (_, seconds, _) in found.items() if threads}
    best, worst, our_seconds = min(numbers, key=numbers.get), None, None
    if gradus:
        _, our_seconds, ours = best_variant(gradus, arrays, {"model": str(model)})
        worst = max(float(np.abs(np.subtract(ours, outputs)).max()) for _, _, outputs in found.values())
        if not worst <= BOUND:
            raise RivalFailed(f"{title}: probabilities differ from gradus' by {worst:.1e}; at most {BOUND:.0e}")
    results = []
    for threads in dict.fromkeys([*options.threads, best, None]):
        (variant, seconds, _), process, cpu = found[threads], processes[threads], []
        process.ask("prepare_inference", arrays=str(arrays), variant=variant, extra={})
        a, b = interleaved(lambda: per_call(gradus, our_seconds, []) if gradus else None,
                           lambda: per_call(process, seconds, cpu), options.pairs)
        results.append({"kind": "inference", "work": title, "rival": rival, "variant": variant,
                        "version": process.version, "threads": threads, "best": threads == best, "gradus_threads": 1,
                        "worst_difference": worst, "gradus": a if gradus else [], "theirs": b, "cores": cpu})
    return results


def per_call(process, seconds, cpu):
    """Seconds of a call, over about PIECE_SECONDS of calls that take as long as `seconds` says."""
    calls = max(1, round(PIECE_SECONDS / seconds))
    answer = process.ask("predict", calls=calls)
    cpu.append(answer["cpu_seconds"] / answer["seconds"])
    return answer["seconds"] / calls


def best_variant(process, arrays, extra=None):
    """Name, seconds a call and outputs of the fastest variant; with default threads, of the first."""
    found = []
    for variant in process.variants if process.threads else process.variants[:1]:
        outputs = process.ask("prepare_inference", arrays=str(arrays), variant=variant, extra=extra or {})["outputs"]
        process.ask("predict", calls=3)
        few = process.ask("predict", calls=10)["seconds"] / 10
        found.append((variant, per_call(process, few, []), outputs))
    return min(found, key=lambda entry: entry[1])
