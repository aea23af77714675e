# --- CodeDeploy moves the traffic ---------------------------------------------------------------------------------------

codedeploy_options() { :; }
codedeploy_main() { release; }

# What it starts, it starts with one call, and then it is followed.
codedeploy_interrupted() { :; }

codedeploy_tell_commands() {
  warn "    follow:         ./$SCRIPT --wait $rollout $service"
  warn "    watch:          aws deploy get-deployment --region $REGION --deployment-id $rollout --query 'deploymentInfo.[status,errorInformation.message]'"
  warn "    stop, go back:  aws deploy stop-deployment --region $REGION --deployment-id $rollout --auto-rollback-enabled"
}

# CodeDeploy itself refuses while an alarm is red.
codedeploy_check_release() { :; }

codedeploy_definition() { read_definition; }
codedeploy_takes_image() { check_parameter; }
codedeploy_described_image() { image_of "$definition"; }
codedeploy_describe() { describe "$1"; }
codedeploy_runs_already() { same_settings "$1" "$definition"; }

codedeploy_start() {
  phase=starting
  local options=()
  if [[ $despite_alarms == yes ]]; then options=(--override-alarm-configuration enabled=false); fi
  # The call itself hears no signal.
  rollout=$(
    trap '' INT TERM
    aws deploy create-deployment --region "$REGION" --application-name "$application" --deployment-group-name "$group" \
      --revision "${revision//<TASK_DEFINITION>/$definition}" ${options[@]+"${options[@]}"} --query deploymentId --output text 2>"$work/error"
  ) || die "CodeDeploy did not start a deployment:" "$(cat "$work/error")"
  phase=following
  if [[ -n $caught ]]; then interrupted "$caught"; fi
  say "deployment $rollout of revision ${definition##*:}"
  codedeploy_tell_commands 2>&1
}

codedeploy_find() {
  local found of deployment_group taken_back it
  found=$(ask 'DeploymentDoesNotExistException|InvalidDeploymentIdException' deploy get-deployment --deployment-id "$1" \
    --query 'deploymentInfo.[applicationName,deploymentGroupName,rollbackInfo.rollbackTriggeringDeploymentId]') || exit 1
  [[ -n $found ]] || die "there is no deployment $1 in $REGION"
  read -r of deployment_group taken_back <<<"$found"
  for it in "${SERVICES[@]}"; do
    use_service "$it"
    if [[ $application == "$of" && $group == "$deployment_group" ]]; then break; fi
    service=''
  done
  [[ -n $service ]] || die "deployment $1 is of $of, which is no service of $APPLICATION in $ENVIRONMENT"
  if [[ -n $taken_back && $taken_back != None ]]; then
    die "deployment $1 takes back $taken_back; it releases nothing. Watch it:" \
      "aws deploy get-deployment --region $REGION --deployment-id $1 --query 'deploymentInfo.status'"
  fi
  rollout=$1
  phase=following
}

# Sets at, state, its error code and the deployment that takes it back; and progress, a line for every life-cycle event and
# task set.
codedeploy_look() {
  local found
  found=$(ask '' deploy get-deployment --deployment-id "$rollout" \
    --query 'deploymentInfo.[status,errorInformation.code,rollbackInfo.rollbackDeploymentId]') || return 1
  read -r state error_code rollback <<<"$found"
  if [[ $error_code == None ]]; then error_code=''; fi
  if [[ $rollback == None ]]; then rollback=''; fi
  progress=$(ask 'DeploymentTargetDoesNotExistException|DeploymentNotStartedException' deploy get-deployment-target \
    --deployment-id "$rollout" --target-id "$cluster:$ecs_service" --query "deploymentTarget.ecsTarget.[
      lifecycleEvents[].['event', lifecycleEventName, status],
      taskSetsInfo[].['tasks', targetGroup.name, trafficWeight, runningCount, desiredCount]][]") || return 1
  case $state in
    Succeeded) at=end ;;
    Failed | Stopped) at=failure ;;
    *)
      at=way
      # The last hook has agreed; what CodeDeploy still waits for is the end of the old tasks.
      if [[ $progress == *AfterAllowTraffic$'\t'Succeeded* ]]; then at=there; fi
      ;;
  esac
}

# Says what is new: a line for each life-cycle event as it changes, one for where traffic and tasks are.
codedeploy_tell_progress() {
  local kind name a b c line='' events=''
  while read -r kind name a b c; do
    case $kind in
      event)
        if [[ $a != Pending && $told != *"|$name $a|"* ]]; then
          told+="|$name $a|"
          events+="$name $a"$'\n'
        fi
        ;;
      tasks) line+="  $name ${a%.*}%, $b of $c tasks;" ;;
    esac
  done <<<"$progress"
  while read -r name a; do
    if [[ -n $name ]]; then say "$(clock)  $name: $a"; fi
  done <<<"$events"
  if [[ -n $line && $line != "${told_traffic:-}" ]]; then
    told_traffic=$line
    say "$(clock)  traffic:${line%;}"
  fi
  if [[ $state == Ready && $told != *'|Ready|'* ]]; then
    told+='|Ready|'
    say "$(clock)  Ready: it waits ${approve:+$approve }for somebody to approve, and stops if nobody does. Go on:"
    say "    aws deploy continue-deployment --region $REGION --deployment-id $rollout --deployment-wait-type READY_WAIT"
  fi
}

# Whether the primary tasks are those of the rollout, as many as there should be, every one healthy; otherwise sets
# missing_yet.
codedeploy_runs() {
  local primary_set of running desired state_of_set target_group by
  read_primary_set || return 1
  read -r of running desired state_of_set target_group by <<<"$primary_set"
  if [[ -n $definition && $of != "$definition" || -z $definition && $by != "$rollout" ]]; then
    missing_yet="the primary tasks of $service run ${of:-nothing}"
    return 1
  fi
  all_run "$running" "$desired" "$state_of_set" && all_healthy "$target_group" "$desired" || return 1
  definition=$of
}

codedeploy_tell_way_back() {
  if [[ $state == Succeeded ]]; then
    say "The old tasks are gone; going back is a release like this one:"
    if [[ -n $1 ]]; then say "    ./$SCRIPT $service $1"; else say "    ./$SCRIPT $service <image>"; fi
    return
  fi
  say "Going back is a flip as long as the old tasks are there, ${keep_old:-a moment} from the end of the shift:"
  say "    aws deploy stop-deployment --region $REGION --deployment-id $rollout --auto-rollback-enabled"
}

# Ends the script with what went wrong, once traffic is back where it was.
codedeploy_explain_failure() {
  local message failed it event code text tries=0
  message=$(ask '' deploy get-deployment --deployment-id "$rollout" --query 'deploymentInfo.errorInformation.message') || exit 1
  warn "$SCRIPT: deployment $rollout $(tr '[:upper:]' '[:lower:]' <<<"$state")${error_code:+ ($error_code)}: ${message:-no reason is given}"
  failed=$(ask 'DeploymentTargetDoesNotExistException|DeploymentNotStartedException' deploy get-deployment-target \
    --deployment-id "$rollout" --target-id "$cluster:$ecs_service" --query "deploymentTarget.ecsTarget.lifecycleEvents[?status=='Failed'].
      [lifecycleEventName,diagnostics.errorCode,diagnostics.message]") || exit 1
  while IFS=$'\t' read -r event code text; do
    if [[ -n $event ]]; then warn "    $event failed ($code): $text"; fi
  done <<<"$failed"
  # A rollout that was found knows its definition by its task set, as long as there is one.
  if [[ -z $definition ]]; then
    definition=$(ask '' ecs describe-services --cluster "$cluster" --services "$ecs_service" \
      --query "services[0].taskSets[?externalId=='$rollout'].taskDefinition | [0]") || exit 1
  fi
  tell_stopped_tasks
  if [[ $error_code == ALARM_ACTIVE ]]; then
    warn "    An alarm is red. RUNBOOK.md, \"Release a fix while an alarm is red\"."
  fi
  # What takes it back is known a moment later.
  while [[ -z $rollback ]] && ((tries < 3)); do
    tries=$((tries + 1))
    await sleep "$POLL"
    codedeploy_look || exit 1
  done
  if [[ -z $rollback ]]; then
    warn "    CodeDeploy did not start to go back. Where traffic is: ./deploy.sh --dry-run"
    exit 1
  fi
  warn "    CodeDeploy goes back: deployment $rollback"
  it=InProgress
  while [[ $it != Succeeded && $it != Failed && $it != Stopped ]]; do
    if [[ -n $timeout ]] && ((SECONDS >= timeout)); then break; fi
    await sleep "$POLL"
    it=$(ask '' deploy get-deployment --deployment-id "$rollback" --query deploymentInfo.status) || exit 1
  done
  if [[ $it == Succeeded ]]; then
    it=$(running_task_definition) || exit 1
    warn "    It is back: $service runs revision ${it##*:}."
  else
    warn "    Going back is $it. Where traffic is: ./deploy.sh --dry-run"
  fi
  exit 1
}
