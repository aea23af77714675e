#!/usr/bin/env bash
# Times bluegreen against its rivals, in turn (ours, theirs, ours, theirs ...), as whole processes, in one run.
#
#   PEERS_SCRIPTS=folder benches/rivals.sh
#
# The rivals are no part of this repository. PEERS_SCRIPTS is a folder of scripts with
#
#   setup.sh    installs them under $PEERS; run it first
#   bench.sh    times $BIN against each of them for blueprints of N services, found as $BLUEPRINT_DIR/N.yaml
#   floor/      the floor program: it parses a blueprint for each service, writes a template for it, and does nothing else
#
#   PEERS     where the rivals are installed       default: ${TMPDIR:-/tmp}/bluegreen-peers
#   SIZES     numbers of services                  default: 1 10 100
#   ONLY      rivals to run                        default: all that bench.sh knows
#   RUNS      counted runs of each command         default: 5
#
# For rivals that write nothing but templates, compare the bytes too: bluegreen also writes deploy scripts, parameters,
# policies, task definitions and a runbook.
set -euo pipefail
: "${PEERS_SCRIPTS:?the folder of the rivals\' scripts}"
cd "$(dirname "$0")/.."
cargo build --release --quiet
export BIN=$PWD/${CARGO_TARGET_DIR:-target}/release/bluegreen
[[ ${CARGO_TARGET_DIR:-} != /* ]] || export BIN=$CARGO_TARGET_DIR/release/bluegreen
export PEERS=${PEERS:-${TMPDIR:-/tmp}/bluegreen-peers} SIZES=${SIZES:-1 10 100}

made=$(mktemp -d /dev/shm/bluegreen-rivals.XXXXXX)
trap 'rm -rf "$made"' EXIT
for n in $SIZES; do benches/services.sh "$n" >"$made/$n.yaml"; done

echo "Seconds and MiB; A is bluegreen, B the rival, ratios are medians of the pairs."
export BLUEPRINT_DIR=$made OUT=$made/out RUNS=${RUNS:-5} TIMER="python3 -B $PWD/benches/timer.py"
"$PEERS_SCRIPTS/bench.sh"

echo
echo "Time for each byte written, ours and the floor program's, which does nothing but parse YAML and write JSON."
printf '%-6s %12s %12s %10s %10s %8s\n' N 'our bytes' 'floor bytes' 'our ns/B' 'floor ns/B' ratio
for n in $SIZES; do
  floor="$PEERS/floor/target/release/floor-gen $PEERS_SCRIPTS/floor/orders.yaml $OUT $n"
  $TIMER -n "$RUNS" --vs "$floor" -- "$BIN" render "$made/$n.yaml" --out "$OUT" | awk -v n="$n" '
    /^A bytes/ { ours = $NF } /^B bytes/ { floor = $NF }
    /^A ns/ { a = $NF } /^B ns/ { b = $NF } /^A\/B byte/ { ratio = $(NF - 1) }
    END { printf "%-6s %12d %12d %10.1f %10.1f %8.2f\n", n, ours, floor, a, b, ratio }'
done
