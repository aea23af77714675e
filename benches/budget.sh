#!/usr/bin/env bash
# Measures the release binary against its budgets, prints a table, and exits 1 where one is missed.
#
#   benches/budget.sh
#
#   BIN     the binary                          default: built here, release
#   FLOOR   the floor program `floor-gen`, called as FLOOR BLUEPRINT FOLDER N: it parses a blueprint for each service and
#           writes a JSON template for it, nothing else. Without it the budget per byte is not measured.
#   FLOOR_BLUEPRINT   what the floor program parses, about 100 lines     default: examples/shop/blueprint.yaml
#   RUNS    counted runs of each command, after one that is not    default: 9 (5 for 1,000 services)
#   OUT     where everything is written; in memory, so that no disk is measured   default: a new folder in /dev/shm
#
# Wall time is the median of whole processes. Two cores that nobody else uses.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ -n ${BIN:-} ]] || { cargo build --release --quiet; BIN=${CARGO_TARGET_DIR:-target}/release/bluegreen; }
made=$(mktemp -d "${OUT:-/dev/shm}/bluegreen-budget.XXXXXX")
trap 'rm -rf "$made"' EXIT
for n in 1 10 100 1000; do benches/services.sh "$n" >"$made/$n.yaml"; done

BIN=$BIN MADE=$made python3 - <<'PY'
import os, statistics, sys

sys.dont_write_bytecode = True
sys.path.insert(0, "benches")
import timer

binary, made, floor = os.environ["BIN"], os.environ["MADE"], os.environ.get("FLOOR")
floor_blueprint = os.environ.get("FLOOR_BLUEPRINT", "examples/shop/blueprint.yaml")
out = f"{made}/out"


def measure(*commands, runs):
    """Median wall and CPU seconds, largest peak, bytes of each command, and the rows they are from."""
    columns = []
    for command, rows in zip(commands, timer.measure(commands, out, runs)):
        walls, cpus, peaks, sizes, codes = zip(*rows)
        if any(codes):
            sys.exit(f"failed: {' '.join(command)}")
        columns.append((statistics.median(walls), statistics.median(cpus), max(peaks), sizes[0], walls))
    return columns


runs = int(os.environ.get("RUNS", 9))
render = lambda blueprint: [binary, "render", blueprint, "--out", out]
lines, missed = [], 0


def row(what, allowed, measured, unit, detail):
    global missed
    missed += measured > allowed
    number = lambda it: f"{it:.3g}" if it < 1000 else f"{it:.0f}"
    lines.append((what, f"{number(allowed)} {unit}", f"{number(measured)} {unit}", "ok" if measured <= allowed else "MISSED", detail))


[(wall, cpu, peak, size, walls)] = measure(render("examples/shop/blueprint.yaml"), runs=max(runs, 41))
row("examples/shop, wall", 15, wall * 1e3, "ms", f"least {min(walls) * 1e3:.1f} ms, cpu {cpu * 1e3:.1f} ms, {size:,} bytes")
row("examples/shop, peak memory", 32, peak, "MiB", "")

each = {}
for n in (1, 10, 100, 1000):
    commands = [render(f"{made}/{n}.yaml")]
    if floor:
        commands.append([floor, floor_blueprint, out, str(n)])
    got = measure(*commands, runs=runs if n < 1000 else min(runs, 5))
    each[n] = got[0]
    wall, cpu, peak, size, walls = got[0]
    detail = f"cpu {cpu:.3f} s, {size:,} bytes"
    if n == 1000:
        row("1,000 services, wall", 3, wall, "s", detail)
        row("1,000 services, peak memory above the output", 64, peak - size / 2**20, "MiB", f"{peak:.0f} MiB in all")
    if floor:
        ours, theirs = wall / size * 1e9, got[1][0] / got[1][3] * 1e9
        ratio = statistics.median(a / b for a, b in zip(walls, got[1][4])) / size * got[1][3]
        row(f"{n:,} services, time per byte over the floor's", 5, ratio, "x", f"{ours:.1f} ns over {theirs:.1f} ns; wall {wall:.4f} s")
per = lambda n: each[n][0] / n
row("time per service, 1,000 over 10", 1.3, per(1000) / per(10), "x", f"{per(1000) * 1e3:.2f} ms over {per(10) * 1e3:.2f} ms")
# Start-up makes ten services look dear; without it, growth that is worse than linear shows. CPU, which is steadier.
grown = lambda n: (each[n][1] - each[1][1]) / (n - 1)
row("CPU per service but the first, 1,000 over 10", 1.3, grown(1000) / grown(10), "x", f"{grown(1000) * 1e3:.2f} ms over {grown(10) * 1e3:.2f} ms")

widths = [max(len(line[at]) for line in lines) for at in range(4)]
print("| budget | allowed | measured | | |\n|---|--:|--:|---|---|")
for line in lines:
    print(f"| {line[0]:{widths[0]}} | {line[1]:>{widths[1]}} | {line[2]:>{widths[2]}} | {line[3]} | {line[4]} |")
if not floor:
    print("\nThe budget per byte was not measured: FLOOR is not given.")
sys.exit(1 if missed else 0)
PY
