#!/usr/bin/env python3
"""Times whole processes in turn (A B A B ...), each into an empty output folder.

timer.py [-n RUNS] [--warmup N] [--timeout S] [--vs 'COMMAND B'] -- COMMAND A...

$OUT is emptied before every run, outside the time measured: files that are there already would only be compared.
"""

import argparse
import os
import resource
import shlex
import shutil
import statistics
import subprocess
import time


def once(command, out):
    """Wall and CPU seconds, peak MiB, bytes written and exit code of one process."""
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    # Through GNU time: this process could not read a peak below its own.
    read, write = os.pipe()
    wrapped = ["/usr/bin/time", "-q", "-f", "%M", "-o", f"/dev/fd/{write}", *command]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    code = subprocess.run(wrapped, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    os.close(write)
    peak = int(os.fdopen(read).read().split()[-1]) / 1024
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    size = sum(os.path.getsize(f"{at}/{name}") for at, _, names in os.walk(out) for name in names)
    return wall, cpu, peak, size, code


def measure(commands, out, runs, warmup=1, end=float("inf")):
    """The rows of each command, run in turn so that all of them meet the same weather."""
    rows = []
    for at in range(warmup + runs):
        if time.monotonic() > end:
            break
        row = [once(command, out) for command in commands]
        if at >= warmup:
            rows.append(row)
    return list(zip(*rows))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=5)
    parser.add_argument("--warmup", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=1800)
    parser.add_argument("--vs")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    commands = [args.command] + ([shlex.split(args.vs)] if args.vs else [])
    got = measure(commands, os.environ["OUT"], args.n, args.warmup, time.monotonic() + args.timeout)
    middle = statistics.median
    for name, rows in zip("AB", got):
        print(name, "exit", sorted({row[4] for row in rows}))
        print(name, "bytes", rows[0][3])
        for label, column in (("wall s", 0), ("cpu s", 1), ("peak MiB", 2)):
            values = [row[column] for row in rows]
            print(f"{name} {label:10} {min(values):10.4f} {middle(values):10.4f} {max(values):10.4f}")
    if args.vs:
        per_byte = lambda row: row[0] / row[3] * 1e9 if row[3] else float("nan")
        for name, rows in zip("AB", got):
            print(f"{name} ns a byte  {middle(per_byte(row) for row in rows):10.2f}")
        ratios = {
            "cpu": [a[1] / b[1] for a, b in zip(*got) if b[1]],
            "wall": [a[0] / b[0] for a, b in zip(*got)],
            "byte": [per_byte(a) / per_byte(b) for a, b in zip(*got)],
        }
        for label, values in ratios.items():
            if values:
                print(f"A/B {label:7} {min(values):10.4f} {middle(values):10.4f} {max(values):10.4f}")


if __name__ == "__main__":
    main()
