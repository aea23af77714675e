# --- ECS moves the traffic ----------------------------------------------------------------------------------------------

ecs_options() { :; }
ecs_main() { release; }

ecs_interrupted() {
  warn "$SCRIPT: interrupted while $service_stack releases, which goes on. Its deployment:"
  warn "    aws ecs list-service-deployments --region $REGION --cluster $cluster --service $ecs_service --query 'serviceDeployments[0].[serviceDeploymentArn,status]'"
}

ecs_tell_commands() {
  warn "    follow:         ./$SCRIPT --wait $rollout $service"
  warn "    watch:          aws ecs describe-service-deployments --region $REGION --service-deployment-arns $rollout --query 'serviceDeployments[0].[status,lifecycleStage,statusReason]'"
  warn "    stop, go back:  $(ecs_stop "$rollout")"
}

# An alarm that is red when a deployment starts makes ECS ignore all of them until its end: nothing would take a bad
# release back.
ecs_check_release() {
  local names red
  names=$(ask 'ClusterNotFoundException|ServiceNotFoundException' ecs describe-services --cluster "$cluster" --services "$ecs_service" \
    --query "services[?status=='ACTIVE'].deploymentConfiguration.alarms.alarmNames[]") || exit 1
  if [[ -z $names || $despite_alarms == yes ]]; then return; fi
  # shellcheck disable=SC2086 # one word each
  red=$(ask '' cloudwatch describe-alarms --alarm-names $names --alarm-types MetricAlarm CompositeAlarm \
    --query "[MetricAlarms, CompositeAlarms][] | [?StateValue=='ALARM'].AlarmName") || exit 1
  if [[ -n $red ]]; then
    problem "$service: an alarm is red (${red//[$'\t\n']/ }); ECS would ignore every alarm until the end of this deployment." \
      "Wait until it is green again. A fix that cannot wait goes without alarms, so watch it yourself:" \
      "./$SCRIPT --despite-alarms ..."
  fi
}

# Service deployments of late, whatever became of them.
ecs_recent() {
  ask '' ecs list-service-deployments --cluster "$cluster" --service "$ecs_service" --created-at "after=$1" \
    --query 'serviceDeployments[].serviceDeploymentArn'
}

# Tasks of the service that ended of late.
ecs_stopped() {
  ask '' ecs list-tasks --no-paginate --cluster "$cluster" --service-name "$ecs_service" --desired-status STOPPED --query 'taskArns[]'
}

# Those of before do not count.
ecs_note_stopped() {
  stopped_before=$(ecs_stopped) || exit 1
  stopped_before=${stopped_before//[$'\t\n']/ }
}

# What the deployment is to bring, where it was started by somebody else.
ecs_read_definition() {
  if [[ -n $definition || $target == None ]]; then return; fi
  definition=$(ask '' ecs describe-service-revisions --service-revision-arns "$target" --query 'serviceRevisions[0].taskDefinition')
}

# A rolling update has its circuit breaker. Under the other strategies nothing that is documented for all of them ends a deployment
# whose tasks do not start, but the day that a stage may take, and the stack is under way as long. So this goes back after as
# many failures as that breaker takes by default: half as many as there should be tasks, at least 3, at most 200.
ecs_watch_starts() {
  local it arns='' found arn reason most
  if [[ $two_versions == no || $stage != SCALE_UP || -n ${gave_up:-} || ! $wanted =~ ^[0-9]+$ ]]; then return; fi
  ecs_read_definition 2>/dev/null || return 0
  for it in $(ecs_stopped 2>/dev/null); do
    if ! among "$it" "$stopped_before" && [[ $told != *"|$it|"* ]]; then arns+=" $it"; fi
  done
  if [[ -n $arns ]]; then
    # Neither those whose capacity was reclaimed nor those that a person stopped.
    # shellcheck disable=SC2086 # one word each
    found=$(ask '' ecs describe-tasks --cluster "$cluster" --tasks $arns --query "tasks[?taskDefinitionArn=='$definition' &&
      contains(['TaskFailedToStart', 'EssentialContainerExited', 'ServiceSchedulerInitiated'], stopCode)].[taskArn, stoppedReason]" 2>/dev/null) || return 0
    while IFS=$'\t' read -r arn reason; do
      if [[ -z $arn || $arn == None ]]; then continue; fi
      told+="|$arn|"
      failed_starts=$((${failed_starts:-0} + 1))
      say "$(clock)  task ${arn##*/} failed: $reason"
    done <<<"$found"
  fi
  most=$(((wanted + 1) / 2))
  if ((most < 3)); then most=3; elif ((most > 200)); then most=200; fi
  if ((${failed_starts:-0} >= most)); then
    gave_up=yes
    warn "$SCRIPT: $failed_starts tasks of the new version failed to start; it goes back."
    ask '' ecs stop-service-deployment --service-deployment-arn "$rollout" --stop-type ROLLBACK --query serviceDeploymentArn >/dev/null || exit 1
  fi
}

# The stack stops naming the revision that runs, which leaves the one it describes; ECS rolls that out, and CloudFormation
# waits for it and goes back should it fail.
ecs_definition() { read_definition; }
ecs_takes_image() { check_parameter; }
ecs_described_image() { image_of "$definition"; }
ecs_describe() { describe "$1"; }
ecs_runs_already() { same_settings "$1" "$definition"; }

ecs_start() {
  local since known it last status
  since=$(($(date +%s) - 600)) # the clocks may differ
  known=$(ecs_recent "$since") || exit 1
  ecs_note_stopped
  name=$service_stack
  update_call "$revision_parameter="
  last=$(last_event) || exit 1
  phase=releasing
  if ! "${call[@]}" >/dev/null 2>"$work/error"; then
    die "$name could not be updated; nothing was released:" "$(cat "$work/error")"
  fi
  while [[ -z $rollout ]]; do
    status=$(stack_status "$name") || exit 1
    for it in $(ecs_recent "$since"); do
      if ! among "$it" "${known//[$'\t\n']/ }"; then rollout=$it; fi
    done
    if [[ -n $rollout ]]; then break; fi
    if [[ $status != UPDATE_IN_PROGRESS ]]; then
      show_failures "$last"
      die "$name is $status, and ECS started nothing." "RUNBOOK.md, \"A stack is stuck\", says what to do if it is."
    fi
    await sleep "$POLL"
  done
  phase=following
  say "deployment ${rollout##*/} of revision ${definition##*:}"
  ecs_tell_commands 2>&1
}

ecs_find() {
  local of it
  of=$(ask 'ServiceDeploymentNotFoundException|InvalidParameterException' ecs describe-service-deployments \
    --service-deployment-arns "$1" --query 'serviceDeployments[0].serviceArn') || exit 1
  [[ -n $of ]] || die "there is no deployment $1 in $REGION"
  for it in "${SERVICES[@]}"; do
    use_service "$it"
    if [[ $engine == ecs && $of == *":service/$cluster/$ecs_service" ]]; then break; fi
    service=''
  done
  [[ -n $service ]] || die "deployment $1 is of ${of##*/}, which is no service of $APPLICATION in $ENVIRONMENT"
  rollout=$1
  ecs_note_stopped
  phase=following
}

# Sets at, state, the stage, reasons, the revision that is to run and its tasks and traffic; and waiting, the hooks that wait
# for somebody.
ecs_look() {
  local found
  found=$(ask '' ecs describe-service-deployments --service-deployment-arns "$rollout" --query "serviceDeployments[0].[
    status, lifecycleStage, targetServiceRevision.arn, targetServiceRevision.requestedTaskCount,
    targetServiceRevision.runningTaskCount, targetServiceRevision.requestedProductionTrafficWeight]") || return 1
  read -r state stage target wanted running weight <<<"$found"
  waiting=$(ask '' ecs describe-service-deployments --service-deployment-arns "$rollout" \
    --query "serviceDeployments[0].lifecycleHookDetails[?status=='AWAITING_ACTION'].hookId") || return 1
  case $state in
    SUCCESSFUL) at=end ;;
    STOPPED | STOP_REQUESTED | ROLLBACK_*) at=failure ;;
    *)
      at=way
      # What comes after the last shift: the old tasks are kept for a while, then they go.
      if [[ $stage == BAKE_TIME || $stage == CLEAN_UP ]]; then at=there; fi
      ;;
  esac
}

ecs_tell_progress() {
  local line="" it
  if [[ $stage != None && $told != *"|$stage|"* ]]; then
    told+="|$stage|"
    say "$(clock)  $stage"
  fi
  if [[ $running == None ]]; then running=0; fi
  if [[ $wanted != None ]]; then line="$running of $wanted tasks"; fi
  if [[ $weight != None ]]; then line="${weight%.*}% of production traffic, $line"; fi
  if [[ -n $line && $line != "${told_traffic:-}" ]]; then
    told_traffic=$line
    say "$(clock)  new version: ${line%, }"
  fi
  for it in $waiting; do
    if [[ $told == *"|$it|"* ]]; then continue; fi
    told+="|$it|"
    say "$(clock)  it waits ${approve:+$approve }for somebody to approve, and goes back if nobody does. Go on, or go back:"
    say "    aws ecs continue-service-deployment --region $REGION --service-deployment-arn $rollout --hook-id $it --action CONTINUE"
    say "    aws ecs continue-service-deployment --region $REGION --service-deployment-arn $rollout --hook-id $it --action ROLLBACK"
  done
  ecs_watch_starts
}

ecs_runs() {
  local found of group
  missing_yet='AWS cannot be asked'
  found=$(ask '' ecs describe-service-revisions --service-revision-arns "$target" \
    --query 'serviceRevisions[0].[taskDefinition,resolvedConfiguration.loadBalancers[0].targetGroupArn]' 2>/dev/null) || return 1
  read -r of group <<<"$found"
  if [[ -n $definition && $of != "$definition" ]]; then
    missing_yet="the deployment is of ${of:-nothing}"
    return 1
  fi
  if [[ ! $wanted =~ ^[0-9]+$ || $running != "$wanted" ]]; then
    missing_yet="$running of $wanted tasks run"
    return 1
  fi
  if [[ -z $group || $group == None ]]; then
    healthy_tasks=$running # nothing but the health of its containers, which ECS has looked at
  else
    all_healthy "$group" "$wanted" || return 1
  fi
  definition=$of
}

ecs_tell_way_back() {
  if [[ $at == end ]]; then
    say "The old tasks are gone; going back is a release like this one:"
    if [[ -n $1 ]]; then say "    ./$SCRIPT $service $1"; else say "    ./$SCRIPT $service <image>"; fi
    return
  fi
  local how='is a flip'
  if [[ -z $edge_stack ]]; then how='leaves them alone'; fi
  say "The old tasks stay for ${keep_old:-a moment}, and $service_stack is under way as long. Until then going back $how:"
  say "    $(ecs_stop "$rollout")"
}

ecs_explain_failure() {
  local query reason status tries=0
  query="[statusReason, rollback.reason, deploymentCircuitBreaker.status=='TRIGGERED' && 'the circuit breaker was triggered',
    alarms.triggeredAlarmNames[]][]"
  reason=$(ask '' ecs describe-service-deployments --service-deployment-arns "$rollout" \
    --query "serviceDeployments[0].$query | [?@] | join('; ', @)") || exit 1
  warn "$SCRIPT: deployment ${rollout##*/} failed ($state): ${reason:-no reason is given}"
  reason=$(ask '' ecs describe-service-deployments --service-deployment-arns "$rollout" --query "serviceDeployments[0].
    not_null(lifecycleHookDetails[?status=='FAILED' || status=='TIMED_OUT'].join(' ', [not_null(targetArn, targetType), status]), ['']) | join(', ', @)") || exit 1
  if [[ -n $reason ]]; then warn "    hooks: $reason"; fi
  ecs_read_definition || exit 1
  tell_stopped_tasks
  # The stack goes back with it, and has to be at rest before anything else can be done.
  while true; do
    ecs_look || exit 1
    status=$(stack_status "$service_stack") || exit 1
    if [[ $state != STOP_REQUESTED && $state != ROLLBACK_REQUESTED && $state != ROLLBACK_IN_PROGRESS && $status != *_IN_PROGRESS ]]; then break; fi
    if [[ -n $timeout ]] && ((SECONDS >= timeout)); then break; fi
    tries=$((tries + 1))
    if ((tries == 1)); then warn "    ECS goes back, and the stack with it."; fi
    await sleep "$POLL"
  done
  if [[ $state == ROLLBACK_SUCCESSFUL && $status == *_COMPLETE ]]; then
    status=$(running_task_definition) || exit 1
    warn "    It is back: $service runs revision ${status##*:}."
  else
    warn "    The deployment is $state, $service_stack is $status. Where traffic is: ./deploy.sh --dry-run"
  fi
  exit 1
}
