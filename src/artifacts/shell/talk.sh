# --- talking to people ------------------------------------------------------------------------------------------------

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }

die() {
  warn "$SCRIPT: $1"
  shift
  local line
  for line in "$@"; do warn "    $line"; done
  exit 1
}

problems=0

# Notes what is in the way; the first line says what, the others what to do.
problem() {
  problems=$((problems + 1))
  warn "  x $1"
  shift
  local line
  for line in "$@"; do warn "      $line"; done
}

# Whether the first word is among the words of the second argument.
among() { [[ " $2 " == *" $1 "* ]]; }
