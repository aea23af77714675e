# --- command line -------------------------------------------------------------------------------------------------------

usage() {
  cat <<END
usage: ./migrate.sh [next | back] [--dry-run] [--yes] [--one-way] [--name-moved] [--minutes NUMBER] [Parameter=Value]...

Takes $FIRST of $APPLICATION in $ENVIRONMENT ($REGION) to ECS by way of $SECOND, a second service. Without a word it says where that stands.

    next             take the next step, after looking whether that is safe
    back             go back a step
    --dry-run        look at everything, change nothing
    --yes            do not ask, even where the environment is protected
    --one-way        agree to a step that cannot be taken back, where nobody can be asked
    --name-moved     the name that people use leads to $SECOND
    --minutes NUMBER how long nobody may have asked what is deleted, 1 to 1440; 15 unless it is given
    --tasks          with next: give $SECOND as many tasks as $FIRST has, and no more
    Parameter=Value  set a parameter of every stack that has it
    TEMPLATE_BUCKET  (environment) bucket for templates above $BODY_LIMIT bytes
END
}

tasks_only=no

# Whether a person set this parameter, or the stacks of the first service have it.
is_set() {
  local it
  for it in ${given[@]+"${given[@]}"}; do
    if [[ ${it%%=*} == "$1" ]]; then return 0; fi
  done
  return 1
}

read_arguments() {
  while (($#)); do
    case $1 in
      next | back) word=$1 ;;
      --dry-run) dry_run=yes ;;
      --yes) yes=yes ;;
      --one-way) one_way=yes ;;
      --name-moved) moved=yes ;;
      --tasks) tasks_only=yes ;;
      --minutes)
        if (($# < 2)) || ! [[ $2 =~ ^[1-9][0-9]{0,3}$ ]] || (($2 > 1440)); then die "--minutes needs a number from 1 to 1440"; fi
        minutes=$2
        shift
        ;;
      -h | --help)
        usage
        exit 0
        ;;
      -*) die "unknown option $1" "./migrate.sh --help" ;;
      *=*)
        if among "${1%%=*}" "$OBSERVED" || [[ ${1%%=*} == ImageUri ]]; then die "${1%%=*} follows what runs; it cannot be set by hand"; fi
        given+=("$1")
        ;;
      *) die "what is $1?" "./migrate.sh --help" ;;
    esac
    shift
  done
}

show() {
  show_steps
  if [[ -n $old_arn && -n $new_arn ]]; then
    say "requests in the last $minutes minutes: $FIRST $old_requests, $SECOND $new_requests"
  fi
  case $next in
    '') say "$FIRST is gone. Take it out of the blueprint, as MIGRATION.md says; deploy.sh would make it again." ;;
    name) say "next: ./migrate.sh next, or, where the name has moved: ./migrate.sh next --name-moved" ;;
    *) say "next: ./migrate.sh next --dry-run$(if [[ $moved == yes ]]; then printf ' --name-moved'; fi)" ;;
  esac
}

take_next() {
  if [[ -z $next ]]; then
    show
    return
  fi
  if [[ $tasks_only == yes ]]; then
    [[ $new_whole == yes && -n $old_arn ]] || die "--tasks needs both services"
    if [[ $dry_run == no ]]; then catch_up; fi
    show
    return
  fi
  say "$next: $(title "$next")"
  check_step "$next"
  ((problems == 0)) || die "nothing was changed."
  if [[ $next == away ]]; then agree "$FIRST" ": the stacks of $FIRST are deleted, and with them its load balancer and its tasks."; fi
  if [[ $next == beside || $next == away ]]; then confirm "take the step"; fi
  take "$next"
  if [[ $dry_run == yes ]]; then
    say "Nothing was changed."
    return
  fi
  local taken=$next
  read_state
  if [[ $taken == beside ]]; then
    check_step name
    ((problems == 0)) || die "the stacks are there, and what they are to do is not yet true."
  fi
  find_step
  [[ $next != "$taken" ]] || die "the step ended, but what it leaves behind is not there yet; run ./migrate.sh to see"
  show
}

take_back() {
  if [[ -z $last ]] && [[ -n $new_there || ${#left[@]} -gt 0 ]]; then last=beside; fi
  [[ -n $last ]] || die "no step has been taken yet."
  if [[ $old_whole == no ]]; then
    die "there is no way back from this step: stacks of $FIRST are deleted." \
      "deploy.sh of a blueprint that still has $FIRST makes it anew, with another load balancer; the name has to move there."
  fi
  if [[ $last != beside ]]; then
    say "back from name: the record as it was leads to the old load balancer."
    tell_name
    say "Then go on without --name-moved."
    return
  fi
  say "back from beside: $SECOND is deleted, with its log group and its empty repository"
  if ((new_requests > 0)); then
    problem "$SECOND: it got $new_requests requests in the last $minutes minutes. Where a name leads to it, put the record back first, and wait." \
      "Only tests? Wait that long, or look at fewer minutes: ./$SCRIPT back --minutes 2"
  fi
  if [[ -n $new_arn ]]; then check_service "$SECOND"; fi
  ((problems == 0)) || die "nothing was changed."
  confirm "go back"
  local it
  for it in ${BACK[@]+"${BACK[@]}"}; do
    enter "$it"
    check_stack "${it#*/}"
  done
  ((problems == 0)) || die "nothing was changed."
  go_back
  if [[ $dry_run == yes ]]; then
    say "Nothing was changed."
    return
  fi
  read_state
  find_step
  show
}

read_arguments "$@"
walk
