# --- command line -------------------------------------------------------------------------------------------------------

usage() {
  cat <<END
usage: ./release.sh [--dry-run] [--yes] [--no-wait] [--timeout 90m] [--despite-alarms] SERVICE IMAGE
       ./release.sh [...] --described [SERVICE]
       ./release.sh [--timeout 90m] --wait DEPLOYMENT [SERVICE]

Releases an image of a service of $APPLICATION in $ENVIRONMENT ($REGION) and waits until it runs. The services:
$(printf '    %s\n' "${SERVICES[@]}")
SERVICE may be left out where there is one.

    IMAGE            <repository>@sha256:<digest>, or <repository>:<tag> for one in ECR
    --described      release what the stack describes, its image included
    --wait ID        follow a deployment that was started before
    --dry-run        look at everything, change nothing
    --yes            do not ask, even where the environment is protected
    --no-wait        start the deployment and leave it alone
    --despite-alarms start although an alarm is red; no alarm takes this one deployment back, so watch it yourself
    --timeout TIME   give up waiting after 90s, 90m or 2h; the deployment goes on. Otherwise as long as it takes$(for it in $ENGINES; do "${it}_options"; done)

Exits with 0 once the new version runs (with --no-wait: once it is started), with 1 when it was refused, failed or timed
out, with 130 or 143 when it was interrupted.
END
}

image='' wanted_service='' described=no attach='' no_wait=no timeout='' despite_alarms=no keep=no action=''

read_arguments() {
  local words=()
  while (($#)); do
    case $1 in
      --dry-run) dry_run=yes ;;
      --yes) yes=yes ;;
      --no-wait) no_wait=yes ;;
      --despite-alarms) despite_alarms=yes ;;
      --described) described=yes ;;
      --keep) keep=yes ;;
      --stage | --shift | --back | --end)
        [[ -z $action ]] || die "--$action and $1 do not go together" "./$SCRIPT --help"
        action=${1#--}
        ;;
      --wait | --timeout)
        (($# > 1)) || die "$1 needs a value" "./$SCRIPT --help"
        if [[ $1 == --wait ]]; then attach=$2; else read_timeout "$2"; fi
        shift
        ;;
      -h | --help)
        usage
        exit 0
        ;;
      -*) die "unknown option $1" "./$SCRIPT --help" ;;
      '') die "an argument is empty; a variable without a value?" "./$SCRIPT --help" ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  if [[ -n $attach ]]; then
    [[ $described$no_wait$dry_run$despite_alarms == nononono ]] || die "--wait only follows; it goes with --timeout alone" "./$SCRIPT --help"
    local it pattern patterns=()
    mover=''
    for it in $ENGINES; do
      pattern=$("${it}_rollout_like")
      if [[ -z $pattern ]]; then continue; fi
      patterns+=("$pattern")
      # shellcheck disable=SC2053 # a pattern is meant
      if [[ $attach == $pattern ]]; then mover=$it; fi
    done
    [[ -n $mover && ! $attach =~ [^A-Za-z0-9:/_-] ]] ||
      die "$attach is not a deployment of a service of $APPLICATION in $ENVIRONMENT; these look like:" "${patterns[@]-none goes on by itself}"
  fi
  # These go on with what is there.
  if among "${action:-none}" 'shift back end'; then described=yes; fi
  if [[ $described == no && -z $attach ]]; then
    local count=${#words[@]}
    if ((count > 0)); then
      image=${words[count - 1]}
      unset "words[count - 1]"
    fi
    if [[ -z $image ]] || among "$image" "${SERVICES[*]}"; then die "which image?" "./$SCRIPT --help"; fi
  fi
  ((${#words[@]} < 2)) || die "what is ${words[1]}?" "./$SCRIPT --help"
  if ((${#words[@]})); then
    wanted_service=${words[0]}
    among "$wanted_service" "${SERVICES[*]}" || die "there is no service $wanted_service; there are:" "${SERVICES[@]}"
  elif ((${#SERVICES[@]} == 1)); then
    wanted_service=${SERVICES[0]}
  elif [[ -z $attach ]]; then
    die "which service? there are:" "${SERVICES[@]}"
  fi
}

# Seconds, into timeout.
read_timeout() {
  local pattern='^([0-9]{1,6})([smh])$'
  [[ $1 =~ $pattern ]] || die "--timeout $1: write 90s, 90m or 2h"
  timeout=$((10#${BASH_REMATCH[1]}))
  case ${BASH_REMATCH[2]} in
    m) timeout=$((timeout * 60)) ;;
    h) timeout=$((timeout * 3600)) ;;
  esac
}

# Everything that stands in the way, all at once. Sets definition and image.
preflight() {
  local status
  use_service "$wanted_service"
  note_stack "$service_stack"
  if [[ -n $edge_stack && $edge_stack != "$service_stack" ]]; then note_stack "$edge_stack"; fi
  status=$(pick "$service_stack" "$statuses")
  case $status in
    '') die "there is no stack $service_stack in $REGION. Deploy the stacks first:" "./deploy.sh --dry-run" ;;
    CREATE_COMPLETE | UPDATE_COMPLETE | UPDATE_ROLLBACK_COMPLETE | IMPORT_COMPLETE | IMPORT_ROLLBACK_COMPLETE) ;;
    *) problem "$service_stack is $status; what to do then, this tells:" "./deploy.sh --dry-run --stack $service_stack" ;;
  esac
  check_service "$service"
  "${engine}_definition"
  if [[ $described == no ]]; then "${engine}_takes_image" && resolve_image; fi
  "${engine}_check_release"
  if ((problems)); then die "nothing was changed."; fi
}

# Where something else moves the traffic, and this script starts and follows it.
release() {
  local running before
  [[ $keep$action == no ]] || die "--keep, --stage, --shift, --back and --end are for services with a cluster for each color"
  preflight
  confirm release
  running=$(running_task_definition) || exit 1
  [[ -n $running ]] || die "there is no service $ecs_service in $cluster. Deploy the stacks first:" "./deploy.sh --dry-run"
  before=$(running_image) || exit 1
  if [[ $described == yes ]]; then image=$("${engine}_described_image" "$before") || exit 1; fi
  "${engine}_describe" "$running"
  if [[ $dry_run == yes ]]; then
    # Without the update it is not known whether the two would be the same.
    if [[ $running == "$definition" && $before == "$image" ]]; then
      say "$service runs $image already (revision ${running##*:})."
    else
      say "release $service: $image in place of ${before:-a placeholder}"
    fi
    say "Nothing was changed."
    return
  fi
  if "${engine}_runs_already" "$running"; then
    say "$service runs $image already (revision ${running##*:}), with all that its stack describes."
    return
  fi
  "${engine}_start"
  if [[ $no_wait == yes ]]; then return; fi
  finish "$before"
}

# finish IMAGE: waits, and says what runs now. The image is the one to go back to.
finish() {
  follow_rollout
  image=$(image_of "$definition") || exit 1
  if ((healthy_tasks)); then
    say "$service runs $image (revision ${definition##*:}); tasks: $healthy_tasks, all healthy."
  else
    say "$service has $image (revision ${definition##*:}) and wants no task."
    say "After a first release, this starts as many as there should be: ./deploy.sh --stack $service_stack"
  fi
  "${engine}_tell_way_back" "$1"
}

main() {
  read_arguments "$@"
  check_account
  if [[ -n $attach ]]; then
    definition=''
    "${mover}_find" "$attach"
    if [[ -n $wanted_service && $service != "$wanted_service" ]]; then
      die "deployment $attach is of $service, not of $wanted_service"
    fi
    finish ''
    return
  fi
  use_service "$wanted_service"
  "${engine}_main"
}

main "$@"
