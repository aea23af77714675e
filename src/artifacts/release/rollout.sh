# --- a rollout ----------------------------------------------------------------------------------------------------------

# What every engine does, and nothing else in the script knows who moves the traffic:
#   ENGINE_main                releases, or does what an option of its own asks for
#   ENGINE_options             those options, for the help
#   ENGINE_interrupted         what goes on without this script, in a phase that only this engine has
# Where `release` does it, also:
#   ENGINE_definition          sets definition, the one the stack describes
#   ENGINE_takes_image         whether it can be given an image; notes why not
#   ENGINE_described_image IMAGE   the image the stack describes, where IMAGE runs
#   ENGINE_describe RUNNING    makes the stack describe $image, while the definition RUNNING runs; sets definition
#   ENGINE_runs_already RUNNING   whether there is nothing to bring to life
#   ENGINE_check_release       notes what is in the way of a release
#   ENGINE_start               brings $definition to life; sets rollout, its id
#   ENGINE_find ID             takes up one that was started before; sets rollout and the service
#   ENGINE_look                sets at (way, there: all traffic is, end or failure) and state, the engine's own word; fails when AWS
#                              cannot be asked
#   ENGINE_tell_progress       says what is new since the last look
#   ENGINE_runs                whether its tasks have the traffic, as many as there should be, every one healthy; sets definition
#                              and healthy_tasks, otherwise missing_yet
#   ENGINE_explain_failure     ends the script with what went wrong, once traffic is back where it was
#   ENGINE_tell_commands       how to watch it, stop it and go back
#   ENGINE_tell_way_back IMAGE what going back to the image of before costs from now on

readonly POLL=10 # seconds from one look to the next
rollout=''
told='' # what was said of the rollout already

clock() { date +%H:%M:%S; }

# Returns once all traffic is on healthy tasks of it.
follow_rollout() {
  local failures=0 after=0
  while true; do
    if "${engine}_look" 2>"$work/poll"; then
      failures=0
      "${engine}_tell_progress"
    else
      failures=$((failures + 1))
      if ((failures == 6)); then
        warn "$SCRIPT: the deployment cannot be watched any more, and goes on without this script:"
        cat "$work/poll" >&2
        "${engine}_tell_commands"
        exit 1
      fi
    fi
    if ((failures == 0)); then
      if [[ $at == failure ]]; then "${engine}_explain_failure"; fi
      if [[ $at == there || $at == end ]]; then
        if "${engine}_runs"; then break; fi
        after=$((after + 1))
        if [[ $told != *"|$missing_yet|"* ]]; then
          told+="|$missing_yet|"
          say "$(clock)  all traffic is there, but not everything yet: $missing_yet"
        fi
        if [[ $at == end ]] && ((after == 30)); then
          die "deployment $rollout succeeded, and yet:" "$missing_yet"
        fi
      fi
    fi
    if [[ -n $timeout ]] && ((SECONDS >= timeout)); then
      warn "$SCRIPT: gave up waiting; the deployment goes on without this script."
      "${engine}_tell_commands"
      exit 1
    fi
    await sleep "$POLL"
  done
}
