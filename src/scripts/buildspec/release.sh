image=$(sed -n 's/.*"ImageURI":"\([^"]*\)".*/\1/p' imageDetail.json)
error=$(mktemp)
failures=$(mktemp)

# Of the service's stack.
stack() { aws cloudformation describe-stacks --region "$REGION" --stack-name "$STACK" --query "Stacks[0].$1" --output text; }
recorded() { stack "Parameters[?ParameterKey=='$1'].ParameterValue | [0]"; }
service() { aws ecs describe-services --region "$REGION" --cluster "$CLUSTER" --services "$SERVICE" --query "services[0].$1" --output text; }

refuse() {
  printf '%s\n' "$@" >&2
  exit 1
}

# Tasks of the service that ended of late.
stopped() {
  local found
  found=$(aws ecs list-tasks --region "$REGION" --cluster "$CLUSTER" --service-name "$SERVICE" --desired-status STOPPED --no-paginate \
    --query 'taskArns[]' --output text)
  if [[ $found != None ]]; then echo "$found"; fi
}

# watch_starts DEPLOYMENT BEFORE: goes back when tasks fail to start, as a circuit breaker does for rolling updates alone: after half
# as many failures as there should be tasks, at least 3 and at most 200. Otherwise a day may pass before ECS gives up.
watch_starts() {
  local stage revision wanted definition most it arns=()
  read -r stage revision wanted <<<"$(aws ecs describe-service-deployments --region "$REGION" --service-deployment-arns "$1" --output text --query \
    'serviceDeployments[0].[lifecycleStage,targetServiceRevision.arn,targetServiceRevision.requestedTaskCount]')"
  if [[ $stage != SCALE_UP || ! $wanted =~ ^[0-9]+$ ]]; then return; fi
  for it in $(stopped); do
    if [[ " $2 " != *" $it "* ]]; then arns+=("$it"); fi
  done
  most=$(((wanted + 1) / 2))
  if ((most < 3)); then most=3; elif ((most > 200)); then most=200; fi
  if ((${#arns[@]} < most)); then return; fi
  definition=$(aws ecs describe-service-revisions --region "$REGION" --service-revision-arns "$revision" \
    --query 'serviceRevisions[0].taskDefinition' --output text)
  # Neither those whose capacity was reclaimed nor those that a person stopped.
  aws ecs describe-tasks --region "$REGION" --cluster "$CLUSTER" --tasks "${arns[@]}" --output text --query "tasks[?taskDefinitionArn=='$definition' &&
    contains(['TaskFailedToStart', 'EssentialContainerExited', 'ServiceSchedulerInitiated'], stopCode)].[taskArn, stoppedReason]" >"$failures"
  if (($(grep -c arn: "$failures" || true) < most)); then return; fi
  echo "$most or more tasks of the new version failed to start; it goes back:"
  cat "$failures"
  aws ecs stop-service-deployment --region "$REGION" --service-deployment-arn "$1" --stop-type ROLLBACK --query serviceDeploymentArn --output text >/dev/null
}

# update Name=Value...: with the template the stack has, and nothing else changed. Returns at its end.
update() {
  local it one found status before='' ended deployment settings=() capabilities=()
  for it in $(stack 'Parameters[].ParameterKey'); do
    found=''
    for one in "$@"; do
      if [[ ${one%%=*} == "$it" ]]; then found=$one; fi
    done
    if [[ -n $found ]]; then
      settings+=("ParameterKey=$it,ParameterValue=${found#*=}")
    else
      settings+=("ParameterKey=$it,UsePreviousValue=true")
    fi
  done
  for it in $(stack 'Capabilities[]'); do
    if [[ $it != None ]]; then capabilities+=("$it"); fi
  done
  echo "update $STACK: $*"
  ended=$(stopped)
  ended=${ended//[$'\t\n']/ }
  if ! aws cloudformation update-stack --region "$REGION" --stack-name "$STACK" --use-previous-template \
    --parameters "${settings[@]}" ${capabilities[@]+--capabilities "${capabilities[@]}"} >/dev/null 2>"$error"; then
    if grep -q 'No updates are to be performed' "$error"; then return; fi
    refuse "$STACK could not be updated:" "$(cat "$error")"
  fi
  while true; do
    status=$(stack StackStatus)
    if [[ $status != *_IN_PROGRESS || $status == *_CLEANUP_IN_PROGRESS ]]; then break; fi
    found=$(aws ecs list-service-deployments --region "$REGION" --cluster "$CLUSTER" --service "$SERVICE" --status PENDING \
      IN_PROGRESS STOP_REQUESTED ROLLBACK_REQUESTED ROLLBACK_IN_PROGRESS --query 'serviceDeployments[0].serviceDeploymentArn' --output text)
    if [[ $found != None ]]; then
      deployment=$found
      found=$(aws ecs describe-service-deployments --region "$REGION" --service-deployment-arns "$deployment" \
        --query 'serviceDeployments[0].[status,lifecycleStage,statusReason]' --output text)
      if [[ $BREAKER == yes && $found == IN_PROGRESS* ]]; then watch_starts "$deployment" "$ended"; fi
    fi
    if [[ $found != "$before" && $found != None ]]; then echo "$found"; fi
    before=$found
    sleep 15
  done
  if [[ $status != UPDATE_COMPLETE* ]]; then
    aws cloudformation describe-stack-events --region "$REGION" --stack-name "$STACK" --no-paginate --output text \
      --query "StackEvents[?ResourceStatus=='UPDATE_FAILED'].[LogicalResourceId,ResourceStatusReason] | [:5]" >&2
    refuse "$STACK is $status; the release was taken back."
  fi
}

status=$(stack StackStatus)
case $status in
  CREATE_COMPLETE | UPDATE_COMPLETE | UPDATE_ROLLBACK_COMPLETE | IMPORT_COMPLETE | IMPORT_ROLLBACK_COMPLETE) ;;
  *) refuse "$STACK is $status; deploy.sh says what to do." ;;
esac
under_way=$(aws ecs list-service-deployments --region "$REGION" --cluster "$CLUSTER" --service "$SERVICE" --status PENDING \
  IN_PROGRESS STOP_REQUESTED ROLLBACK_REQUESTED ROLLBACK_IN_PROGRESS --query 'serviceDeployments[].serviceDeploymentArn' --output text)
if [[ -n $under_way && $under_way != None ]]; then refuse "a deployment is under way: $under_way"; fi
# ECS ignores every alarm until the end of a deployment that starts while one of them is red.
alarms=$(service 'deploymentConfiguration.alarms.alarmNames[]')
if [[ -n $alarms && $alarms != None ]]; then
  # shellcheck disable=SC2086 # one word each
  red=$(aws cloudwatch describe-alarms --region "$REGION" --alarm-names $alarms --alarm-types MetricAlarm CompositeAlarm \
    --query "[MetricAlarms, CompositeAlarms][] | [?StateValue=='ALARM'].AlarmName" --output text)
  if [[ -n $red && $red != None ]]; then
    refuse "an alarm is red: $red" "Retry when it is green, or release a fix by hand: release.sh --despite-alarms."
  fi
fi

# First the stack describes the image, naming the revision that runs; then it stops naming it, and ECS rolls out what the
# stack describes.
running=$(service "deployments[?status=='PRIMARY'].taskDefinition | [0]")
if [[ $(recorded "$IMAGE_PARAMETER") != "$image" || $(stack "Outputs[?OutputKey=='$OUTPUT'].OutputValue | [0]") != "$running" ]]; then
  update "$IMAGE_PARAMETER=$image" "$REVISION_PARAMETER=$running"
fi
if [[ $(stack "Outputs[?OutputKey=='$OUTPUT'].OutputValue | [0]") == "$running" ]]; then
  echo "$SERVICE runs $image already."
  exit 0
fi
update "$REVISION_PARAMETER="
echo "$SERVICE runs $image."
