# --- command line -------------------------------------------------------------------------------------------------------

usage() {
  cat <<END
usage: ./deploy.sh [--dry-run] [--stack NAME]... [--yes] [Parameter=Value]...

Deploys the stacks of $APPLICATION in $ENVIRONMENT ($REGION), in order:
$(printf '    %s\n' "${STACKS[@]}")

    --dry-run        look at everything, change nothing
    --stack NAME     only this stack; may be repeated
    --yes            do not ask, even where the environment is protected
    Parameter=Value  set a parameter of every stack that has it
    TEMPLATE_BUCKET  (environment) bucket for templates above $BODY_LIMIT bytes
END
}

# Whether the person set this parameter.
is_set() {
  local it
  for it in ${given[@]+"${given[@]}"}; do
    if [[ ${it%%=*} == "$1" ]]; then return 0; fi
  done
  return 1
}

given=() chosen=()

read_arguments() {
  local parameter
  while (($#)); do
    case $1 in
      --dry-run) dry_run=yes ;;
      --yes) yes=yes ;;
      --despite-shift)
        # shellcheck disable=SC2034 # only where colors are apart is it asked for
        despite_shift=yes
        ;;
      --stack)
        (($# > 1)) || die "--stack needs a name"
        among "$2" "${STACKS[*]}" || die "there is no stack $2; there are:" "${STACKS[@]}"
        chosen+=("$2")
        shift
        ;;
      -h | --help)
        usage
        exit 0
        ;;
      -*) die "unknown option $1" "./deploy.sh --help" ;;
      *=*)
        parameter=${1%%=*}
        if among "$parameter" "$OBSERVED"; then
          die "$parameter follows what runs; it cannot be set by hand"
        fi
        among "$parameter" "$SETTABLE" || die "no stack has a parameter $parameter; there are:" "${SETTABLE:-none}"
        given+=("$1")
        ;;
      *) die "what is $1?" "./deploy.sh --help" ;;
    esac
    shift
  done
  # In the order of deployment, however they were named.
  local it wanted="${chosen[*]-}"
  if [[ -z $wanted ]]; then wanted="${STACKS[*]}"; fi
  chosen=()
  for it in "${STACKS[@]}"; do
    if among "$it" "$wanted"; then chosen+=("$it"); fi
  done
}

# Everything that stands in the way, all at once.
preflight() {
  local it
  for it in "${STACKS[@]}"; do
    if among "$it" "${chosen[*]}"; then check_stack "$it"; else note_stack "$it"; fi
  done
  for it in "${chosen[@]}"; do check_lookups "$it"; done
  for it in ${SERVICES[@]+"${SERVICES[@]}"}; do
    use_service "$it"
    if exists "$edge_stack" || exists "$service_stack"; then check_service "$it"; fi
  done
  if ((problems == 0)); then return; fi
  if ((${#missing[@]})); then warn "  give what is missing: ./deploy.sh ${missing[*]}"; fi
  die "nothing was changed."
}

# report_revision SERVICE LINE...: whether the stack of a service describes something newer than what runs, and how to release
# it; beside release.sh, in these lines.
report_revision() {
  local outputs described running it
  use_service "$1"
  shift
  outputs=$(stack_outputs "$service_stack") || exit 1
  described=$(pick "${prefix}TaskDefinitionArn" "$outputs")
  running=$(running_task_definition) || exit 1
  if [[ -z $described || -z $running ]]; then return; fi
  # One that a pipeline registered has another number and may be the same. What cannot be read is not.
  if (same_settings "$described" "$running") 2>/dev/null; then
    say "$service: runs what its stack describes (revision ${running##*:})."
  elif ((${described##*:} < ${running##*:})); then
    say "$service: runs revision ${running##*:}, released after revision ${described##*:} of its stack."
  else
    say "$service: runs revision ${running##*:}; its stack now describes revision ${described##*:}. Release it:"
    for it in "$@"; do say "$it"; done
    say "    ./release.sh --described $service"
  fi
}

report() {
  local it outputs key value
  say ''
  for it in "${chosen[@]}"; do
    outputs=$(stack_outputs "$it") || exit 1
    while read -r key value; do
      if [[ $key == *Url ]]; then say "$key: $value"; fi
    done <<<"$outputs"
  done
  for it in ${SERVICES[@]+"${SERVICES[@]}"}; do
    use_service "$it"
    "${engine}_report"
  done
}

main() {
  read_arguments "$@"
  check_account
  preflight
  confirm deploy
  local it
  for it in "${chosen[@]}"; do deploy_stack "$it"; done
  if [[ $dry_run == yes ]]; then
    say "Nothing was changed."
  else
    report
  fi
}

main "$@"
