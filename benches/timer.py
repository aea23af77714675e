#!/usr/bin/env python3
"""Times whole processes in turn (A B A B ...), each into an empty output folder.

timer.py [-n RUNS] [--warmup N] [--timeout S] [--vs 'COMMAND B'] -- COMMAND A...

$OUT is emptied before every run, outside the time measured: files that are there already would only be compared.
"""

import argparse
import os
import shlex
import shutil
import statistics
import subprocess
import time


def empty(out):
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)


def once(command, out):
    """Wall and CPU seconds, bytes written and exit code of one process."""
    empty(out)
    null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    start = time.monotonic()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=null)
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - start
    size = sum(os.path.getsize(f"{at}/{name}") for at, _, names in os.walk(out) for name in names)
    return wall, usage.ru_utime + usage.ru_stime, size, os.waitstatus_to_exitcode(status)


def peak(command, out):
    """Peak MiB of one process, by GNU time: what this one asks of its child is never less than its own."""
    empty(out)
    wrapped = ["/usr/bin/time", "-q", "-f", "%M", *command]
    said = subprocess.run(wrapped, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).stderr
    return int(said.split()[-1]) / 1024


def measure(commands, out, runs, warmup=1, end=float("inf")):
    """The rows of each command (wall, CPU, peak, bytes, exit code), run in turn so that all meet the same weather."""
    peaks = [peak(command, out) for command in commands]
    rows = []
    for at in range(warmup + runs):
        if rows and time.monotonic() > end:
            break
        row = [once(command, out) for command in commands]
        if at >= warmup:
            rows.append([(wall, cpu, most, size, code) for (wall, cpu, size, code), most in zip(row, peaks)])
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
