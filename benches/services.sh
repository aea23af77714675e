#!/usr/bin/env bash
# Prints a blueprint of N services like `checkout` of examples/shop.
#
#   benches/services.sh N [one|two]     in one environment (prod) or in shop's two; default: one
set -euo pipefail
shop=$(dirname "$0")/../examples/shop/blueprint.yaml

awk -v n="${1:?how many services}" -v environments="${2:-one}" '
  environments == "one" {
    if (/^  staging: /) next
    if (/^      staging:$/) { skipping = 1; next }
    if (skipping && /^        /) next
    skipping = 0
    if (/\{environment: staging\}/) next
    sub(/\{environment: prod, approve: true\}/, "{environment: prod}")
  }
  /^services:/ { print; inside = 1; next }
  /^pipeline:/ { for (i = 0; i < n; i++) service(i); inside = 0 }
  inside { lines[++count] = $0; next }
  { print }
  function service(i,    at, line) {
    for (at = 1; at <= count; at++) {
      line = lines[at]
      if (i > 0) {
        gsub(/checkout/, "checkout-" i, line)
        sub(/shop\.example\.com/, "shop-" i ".example.com", line)
      }
      print line
    }
  }
' "$shop"
