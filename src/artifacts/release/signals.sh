# --- being interrupted --------------------------------------------------------------------------------------------------

phase=looking # looking, updating, starting, following, or a word of the engine's: what an interruption leaves behind
awaited=''    # the process of `await`
caught=''     # the exit code of a signal that came while a deployment was being started

# A signal may come where errors go into a file; whoever sent it is told all the same.
exec 3>&2

# Runs what takes long, so that a signal is heard at once.
await() {
  local code=0
  "$@" &
  awaited=$!
  wait "$awaited" || code=$?
  awaited=''
  return "$code"
}

# What goes on without this script, and how to get back to it.
interrupted() {
  # Its id first: whoever sends a signal has to be told what was started.
  if [[ $phase == starting ]]; then
    # shellcheck disable=SC2034 # not every engine starts with a single call
    caught=$1
    return
  fi
  trap '' INT TERM
  exec 2>&3
  if [[ -n $awaited ]]; then kill "$awaited" 2>/dev/null || true; fi
  case $phase in
    looking) warn "$SCRIPT: interrupted; nothing was changed." ;;
    updating)
      warn "$SCRIPT: interrupted while $service_stack is updated, which goes on. Nothing was released. At its end, run this again:"
      warn "    aws cloudformation describe-stacks --region $REGION --stack-name $service_stack --query 'Stacks[0].StackStatus'"
      ;;
    following)
      warn "$SCRIPT: interrupted; the deployment goes on without this script."
      "${engine}_tell_commands"
      ;;
    *) "${engine}_interrupted" ;;
  esac
  exit "$1"
}

trap 'interrupted 130' INT
trap 'interrupted 143' TERM
