# --- command line -------------------------------------------------------------------------------------------------------

usage() {
  cat <<END
usage: ./migrate.sh [next | back] [--dry-run] [--yes] [--one-way] [--pipeline-held] [Parameter=Value]...

Takes $SERVICE of $APPLICATION in $ENVIRONMENT ($REGION) from CodeDeploy to ECS. Without a word it says where that stands.

    next             take the next step, after looking whether that is safe
    back             go back a step
    --dry-run        look at everything, change nothing
    --yes            do not ask, even where the environment is protected
    --one-way        agree to a step that cannot be taken back, where nobody can be asked
    --pipeline-held  a pipeline that lives elsewhere is held
    Parameter=Value  set a parameter of every stack that has it
    TEMPLATE_BUCKET  (environment) bucket for templates above $BODY_LIMIT bytes
END
}

# Whether nothing is to be looked up for a parameter: a person set it, or the stack keeps what it has. A step must not give the
# stack another image, because it would register a revision, and the newest has to be the one that runs.
is_set() {
  local it kind parameter
  for it in ${lookups[@]+"${lookups[@]}"}; do
    read -r kind parameter _ <<<"$it"
    if [[ $parameter == "$1" && ($kind == image || $kind == released) ]]; then return 0; fi
  done
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
      --pipeline-held) held=yes ;;
      -h | --help)
        usage
        exit 0
        ;;
      -*) die "unknown option $1" "./migrate.sh --help" ;;
      LiveColor=* | "$THEN_PARAMETER="*) die "${1%%=*} follows what runs; it cannot be set by hand" ;;
      *=*) given+=("$1") ;;
      *) die "what is $1?" "./migrate.sh --help" ;;
    esac
    shift
  done
}

show() {
  show_steps
  if [[ -z $next ]]; then
    say "$SERVICE is ECS' own. Write \`engine: ecs\` in its \`deploy\`, render, and go on with deploy.sh and release.sh from there."
  else
    say "next: ./migrate.sh next --dry-run"
  fi
}

take_next() {
  if [[ -z $next ]]; then
    show
    return
  fi
  use_step "$next"
  say "$next: $(title "$next")"
  check_step "$next" ${targets[@]+"${targets[@]}"}
  ((problems == 0)) || die "nothing was changed."
  if [[ $next == controller ]]; then agree "$SERVICE" " to CodeDeploy: ECS does not take it as a controller again."; fi
  confirm "take the step"
  local was
  was=$(traffic) || exit 1
  take "$next"
  if [[ $dry_run == yes ]]; then
    say "Nothing was changed."
    return
  fi
  local taken=$next
  read_state
  find_step
  verify "$was"
  [[ $next != "$taken" ]] || die "the step ended, but what it leaves behind is not there yet; run ./migrate.sh to see"
  show
}

take_back() {
  if [[ $controller == ECS && $own_status == UPDATE_FAILED ]]; then last=controller; fi
  [[ -n $last ]] || die "no step has been taken yet."
  if [[ $last == controller ]]; then
    die "there is no way back from this step: ECS does not take CODE_DEPLOY as a controller again." \
      "The service runs on, and nothing releases it but the steps that are left. To have CodeDeploy back, make a second service" \
      "with it in the blueprint, and move traffic there."
  fi
  use_step "$last"
  say "back from $last: $(title "$last")"
  check_step "$last" ${back[@]+"${back[@]}"}
  ((problems == 0)) || die "nothing was changed."
  confirm "go back"
  local was
  was=$(traffic) || exit 1
  go_back "$last"
  if [[ $dry_run == yes ]]; then
    say "Nothing was changed."
    return
  fi
  read_state
  find_step
  verify "$was"
  show
}

read_arguments "$@"
walk
