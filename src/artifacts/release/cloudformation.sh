# --- CloudFormation's hook moves the traffic ----------------------------------------------------------------------------

# Task definition and task set end the stack's template. A release sends the template that the stack has with release.yaml of the
# service's folder in place of that end, the image in it, and nothing else: a change beside it is refused by CloudFormation. The
# transform makes a green deployment of it, within the update.

change_set=''    # the one that was looked at and not yet executed
new_id=''        # the logical id of the task definition it adds
before_it=''     # the newest event before it
rollout_event='' # the event that began what is followed

cloudformation_options() { :; }
cloudformation_main() { release; }

cloudformation_interrupted() {
  drop_change_set
  warn "$SCRIPT: interrupted; its change set was deleted, and nothing was released."
}

cloudformation_tell_commands() {
  warn "    follow:         ./$SCRIPT --wait $rollout $service"
  warn "    watch:          aws cloudformation describe-stacks --region $REGION --stack-name $service_stack --query 'Stacks[0].[StackStatus,StackStatusReason]'"
  warn "    stop, go back:  $(cloudformation_stop "$rollout")"
}

# An alarm that is red already would take the update back at once, or not at all.
cloudformation_check_release() {
  local red
  use_part "$service"
  if [[ ! -f $part ]]; then problem "$part is missing; render again"; fi
  if [[ -z $alarm || $despite_alarms == yes ]]; then return; fi
  red=$(ask '' cloudwatch describe-alarms --alarm-types CompositeAlarm --alarm-names "$alarm" \
    --query "CompositeAlarms[].[AlarmName,StateValue] | [0]") || exit 1
  case $red in
    '') problem "$service: there is no alarm $alarm, which takes a bad release back. Deploy it first:" "./deploy.sh --stack $service_stack" ;;
    *ALARM)
      problem "$service: the alarm $alarm is red, so nothing could take a bad release back." \
        "Wait until it is green again. A fix that cannot wait goes without alarms, so watch it yourself:" \
        "./$SCRIPT --despite-alarms ..."
      ;;
  esac
}

# What runs: what the stack describes beside it, only a release brings to life.
cloudformation_definition() {
  definition=$(running_task_definition) || exit 1
  [[ -n $definition ]] || die "there is no service $ecs_service in $cluster. Deploy the stacks first:" "./deploy.sh --dry-run"
}

cloudformation_takes_image() {
  use_part "$service"
  if [[ $fixes_image == no ]]; then return; fi
  tell_fixed
  return 1
}

# The image that runs, or the one the blueprint fixes.
cloudformation_described_image() {
  use_part "$service"
  if [[ $fixes_image == yes ]]; then
    sed -n "/^$released\$/,\$p" "$part" | sed -n 's/^ *-* *"*Image"*: *"*\([^",]*\).*/\1/p' | head -n 1
  elif [[ -n $1 ]]; then
    printf '%s' "$1"
  else
    die "$service runs a placeholder; which image?" "./$SCRIPT --help"
  fi
}

# Makes the change set and looks at it. Without one there is nothing new.
cloudformation_describe() {
  local sent=$work/release.$ending known it reason settings=() options=()
  if [[ $dry_run == yes ]]; then return; fi
  name=$service_stack template=$part
  own_template "$work/own"
  {
    sed "/^$answered\$/,\$d" "$work/own"
    released_part "$image"
  } >"$sent"
  # The CLI writes JSON with more blanks than it was sent with; they count as bytes.
  if [[ $ending == json ]]; then sed 's/^ *//' "$sent" >"$work/own" && sent=$work/own; fi
  known=$(ask '' cloudformation describe-stacks --stack-name "$name" --query 'Stacks[0].Parameters[].ParameterKey') || exit 1
  for it in $known; do settings+=("ParameterKey=$it,UsePreviousValue=true"); done
  if ((${#settings[@]})); then options+=(--parameters "${settings[@]}"); fi
  if ((${#capabilities[@]})); then options+=(--capabilities "${capabilities[@]}"); fi
  it=$(rollback_configuration) || exit 1
  options+=(--rollback-configuration "$it")
  it=file://$sent
  if (($(wc -c <"$sent") > 51200)); then
    [[ -n ${TEMPLATE_BUCKET:-} ]] || die "the template of $name is too large to be sent; CloudFormation reads it from a bucket only." \
      "TEMPLATE_BUCKET=<a bucket in $REGION> ./$SCRIPT ..."
    it=$APPLICATION/$ENVIRONMENT/$name-release.$ending
    aws s3 cp --only-show-errors --region "$REGION" "$sent" "s3://$TEMPLATE_BUCKET/$it" >&2 || die "the template could not be stored."
    it=https://$TEMPLATE_BUCKET.s3.$REGION.amazonaws.com/$it
    options+=(--template-url "$it")
  else
    options+=(--template-body "$it")
  fi
  change_set=release-$(date +%s)-$$
  phase=describing
  aws cloudformation create-change-set --region "$REGION" --stack-name "$name" --change-set-name "$change_set" "${options[@]}" \
    >/dev/null 2>"$work/error" || die "CloudFormation takes no such release; nothing was released:" "$(cat "$work/error")"
  if ! await aws cloudformation wait change-set-create-complete --region "$REGION" --stack-name "$name" --change-set-name "$change_set" 2>/dev/null; then
    reason=$(ask '' cloudformation describe-change-set --stack-name "$name" --change-set-name "$change_set" --query StatusReason) || exit 1
    drop_change_set
    [[ $reason == *"didn't contain changes"* || $reason == *'No updates are to be performed'* ]] ||
      die "CloudFormation takes no such release; nothing was released:" "$reason"
    return
  fi
  look_at_change_set
}

# The alarm that takes the release back, or none.
rollback_configuration() {
  local arn
  if [[ -z $alarm || $despite_alarms == yes ]]; then
    printf 'RollbackTriggers=[]'
    return
  fi
  arn=$(ask '' cloudwatch describe-alarms --alarm-types CompositeAlarm --alarm-names "$alarm" --query 'CompositeAlarms[0].AlarmArn') || exit 1
  printf 'RollbackTriggers=[{Arn=%s,Type=AWS::CloudWatch::CompositeAlarm}]' "$arn"
}

drop_change_set() {
  aws cloudformation delete-change-set --region "$REGION" --stack-name "$name" --change-set-name "$change_set" 2>/dev/null || true
  change_set='' phase=looking
}

# One color comes and the other goes, or the change set goes: that the transform does this is documented in an example alone.
look_at_change_set() {
  local changes action id shape=''
  changes=$(ask '' cloudformation describe-change-set --stack-name "$name" --change-set-name "$change_set" \
    --query 'Changes[].ResourceChange.[Action,LogicalResourceId]') || exit 1
  while read -r action id; do
    case "$action $id" in
      'Modify PrimaryTaskSet' | 'Modify ProductionListener' | 'Modify TestListener' | ' ') ;;
      *) shape+="$action $id"$'\n' ;;
    esac
  done <<<"$changes"
  shape=$(LC_ALL=C sort <<<"${shape%$'\n'}" | tr '\n' ',')
  case $shape in
    'Add TaskDefinitionGreen,Add TaskSetGreen,Remove TaskDefinition,Remove TaskSet,') new_id=TaskDefinitionGreen ;;
    'Add TaskDefinition,Add TaskSet,Remove TaskDefinitionGreen,Remove TaskSetGreen,') new_id=TaskDefinition ;;
    *)
      drop_change_set
      die "CloudFormation would do something else than a green deployment; nothing was released. It would:" "$changes"
      ;;
  esac
}

cloudformation_runs_already() { [[ -z $change_set ]]; }

cloudformation_start() {
  rollout=$(ask '' cloudformation describe-stacks --stack-name "$name" --query 'Stacks[0].StackId') || exit 1
  before_it=$(last_event) || exit 1
  phase=starting
  (
    trap '' INT TERM
    aws cloudformation execute-change-set --region "$REGION" --stack-name "$name" --change-set-name "$change_set" 2>"$work/error"
  ) || die "CloudFormation did not start the release:" "$(cat "$work/error")"
  definition='' phase=following
  if [[ -n $caught ]]; then interrupted "$caught"; fi
  say "release of $service by an update of $service_stack"
  cloudformation_tell_commands 2>&1
}

cloudformation_find() {
  local it found
  for it in "${SERVICES[@]}"; do
    use_service "$it"
    if [[ $engine == cloudformation && $1 == *":stack/$service_stack/"* ]]; then break; fi
    service=''
  done
  [[ -n $service ]] || die "$1 is the stack of no service of $APPLICATION in $ENVIRONMENT that CloudFormation releases"
  name=$service_stack
  found=$(ask "$NO_STACK" cloudformation describe-stacks --stack-name "$1" --query "Stacks[0].StackName") || exit 1
  [[ -n $found ]] || die "there is no stack $1 in $REGION"
  rollout=$1
  phase=following
}

# Sets at, state (of the stack), and progress, a line for each task set. An update is at its end only once the old tasks are gone: until then
# a function may still say no.
cloudformation_look() {
  state=$(stack_status "$service_stack") || return 1
  progress=$(ask '' ecs describe-services --cluster "$cluster" --services "$ecs_service" \
    --query 'services[0].taskSets[].[status,taskDefinition,runningCount,computedDesiredCount]') || return 1
  case $state in
    UPDATE_COMPLETE | UPDATE_COMPLETE_CLEANUP_IN_PROGRESS) at=end ;;
    UPDATE_IN_PROGRESS) at=way ;;
    *) at=failure ;;
  esac
  # The status of before the change set began to run.
  if [[ $at != way && -n $before_it && -z $rollout_event ]]; then
    rollout_event=$(last_event) || return 1
    if [[ $rollout_event == "$before_it" ]]; then rollout_event='' at=way; fi
  fi
}

cloudformation_tell_progress() {
  local status of running desired line=''
  if [[ $told != *"|$state|"* ]]; then
    told+="|$state|"
    say "$(clock)  $service_stack: $state"
  fi
  while read -r status of running desired; do
    if [[ -n $status && $status != None ]]; then line+="  revision ${of##*:} ($status) $running of $desired tasks;"; fi
  done <<<"$progress"
  if [[ -n $line && $line != "${told_traffic:-}" ]]; then
    told_traffic=$line
    say "$(clock)  tasks:${line%;}"
  fi
}

# The task definition that the stack has for what runs; nothing while it has two.
described_definition() {
  local known id arn found=''
  known=$(resources_of "$service_stack") || exit 1
  while read -r id arn; do
    if [[ $id == "$new_id" || -z $new_id && ($id == TaskDefinition || $id == TaskDefinitionGreen) ]]; then
      if [[ -n $found ]]; then return; fi
      found=$arn
    fi
  done <<<"$known"
  printf '%s' "$found"
}

cloudformation_runs() {
  local primary_set of running desired state_of_set target_group by wanted
  wanted=$(described_definition 2>/dev/null) || return 1
  if [[ -z $wanted ]]; then
    missing_yet="$service_stack has no task definition of the new version alone"
    return 1
  fi
  read_primary_set || return 1
  # shellcheck disable=SC2034 # who made it does not matter
  read -r of running desired state_of_set target_group by <<<"$primary_set"
  if [[ $of != "$wanted" ]]; then
    missing_yet="the primary tasks of $service run ${of:-nothing}"
    return 1
  fi
  all_run "$running" "$desired" "$state_of_set" && all_healthy "$target_group" "$desired" || return 1
  definition=$of
}

cloudformation_tell_way_back() {
  say "The old tasks are gone; going back is a release like this one:"
  if [[ -n $1 ]]; then say "    ./$SCRIPT $service $1"; else say "    ./$SCRIPT $service <image>"; fi
}

cloudformation_explain_failure() {
  local reason tries=0
  reason=$(ask '' cloudformation describe-stacks --stack-name "$service_stack" --query 'Stacks[0].StackStatusReason') || exit 1
  warn "$SCRIPT: the release of $service failed ($state): ${reason:-no reason is given}"
  if [[ -z $before_it ]]; then
    before_it=$(ask '' cloudformation describe-stack-events --no-paginate --stack-name "$service_stack" \
      --query "StackEvents[?ResourceType=='AWS::CloudFormation::Stack' && ResourceStatus=='UPDATE_IN_PROGRESS'].EventId | [0]") || exit 1
  fi
  show_failures "$before_it"
  if [[ -z $definition && -n $new_id ]]; then definition=$(described_definition) || exit 1; fi
  tell_stopped_tasks
  while [[ $state == *_IN_PROGRESS ]]; do
    if [[ -n $timeout ]] && ((SECONDS >= timeout)); then break; fi
    tries=$((tries + 1))
    if ((tries == 1)); then warn "    CloudFormation goes back."; fi
    await sleep "$POLL"
    cloudformation_look || exit 1
  done
  if [[ $state == UPDATE_ROLLBACK_COMPLETE ]]; then
    definition=$(running_task_definition) || exit 1
    warn "    It is back: $service runs revision ${definition##*:}."
  else
    warn "    $service_stack is $state. RUNBOOK.md, \"A stack is stuck\", says what to do; where traffic is: ./deploy.sh --dry-run"
  fi
  exit 1
}
