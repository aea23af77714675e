# --- tasks and targets --------------------------------------------------------------------------------------------------

# Sets primary_set: task definition, tasks that run, tasks that there should be, stability, target group and maker of the task set
# that has the traffic. Sets missing_yet when AWS cannot be asked.
read_primary_set() {
  missing_yet='AWS cannot be asked'
  # shellcheck disable=SC2034 # ECS itself has no task sets
  primary_set=$(ask '' ecs describe-services --cluster "$cluster" --services "$ecs_service" \
    --query "services[0].taskSets[?status=='PRIMARY'] | [0].[taskDefinition,runningCount,computedDesiredCount,stabilityStatus,loadBalancers[0].targetGroupArn,externalId]" \
    2>/dev/null)
}

# all_run RUNNING DESIRED STABILITY: whether a task set is as it should be; otherwise sets missing_yet.
all_run() {
  if [[ ! $2 =~ ^[0-9]+$ || $1 != "$2" || $3 != STEADY_STATE ]]; then
    missing_yet="$1 of $2 tasks run ($3)"
    return 1
  fi
}

# all_healthy GROUP COUNT: whether so many targets of the group are healthy and none is anything else but on its way out. Sets
# healthy_tasks, or missing_yet.
all_healthy() {
  local states it healthy=0
  states=$(ask '' elbv2 describe-target-health --target-group-arn "$1" \
    --query 'TargetHealthDescriptions[].TargetHealth.State' 2>/dev/null) || return 1
  for it in $states; do
    case $it in
      healthy) healthy=$((healthy + 1)) ;;
      draining | None) ;;
      *)
        missing_yet="a target of $1 is $it"
        return 1
        ;;
    esac
  done
  if ((healthy < $2)); then
    missing_yet="$healthy of $2 tasks are healthy in $1"
    return 1
  fi
  healthy_tasks=$healthy
}

# Why tasks of $definition ended, and how to read what the first one wrote.
tell_stopped_tasks() {
  local arns arn reason containers stopped log_group stream first=''
  if [[ -z $definition ]]; then return; fi
  arns=$(ask '' ecs list-tasks --no-paginate --cluster "$cluster" --service-name "$ecs_service" --desired-status STOPPED \
    --query 'taskArns[]') || exit 1
  if [[ -n $arns ]]; then
    # shellcheck disable=SC2086 # one word each
    stopped=$(ask '' ecs describe-tasks --cluster "$cluster" --tasks $arns --query "tasks[?taskDefinitionArn=='$definition'].
      [taskArn, stoppedReason, join(', ', containers[?exitCode || reason].join(' ', [name, 'exit', to_string(exitCode), not_null(reason, '')]))]") || exit 1
    while IFS=$'\t' read -r arn reason containers; do
      if [[ -z $arn || $arn == None ]]; then continue; fi
      first=${first:-$arn}
      warn "    task ${arn##*/} stopped: $reason; $containers"
    done <<<"$stopped"
  fi
  read -r log_group stream <<<"$(ask '' ecs describe-task-definition --task-definition "$definition" \
    --query "taskDefinition.containerDefinitions[?name=='$container'] | [0].logConfiguration.options.[\"awslogs-group\",\"awslogs-stream-prefix\"]")"
  if [[ -z $log_group || $log_group == None ]]; then return; fi
  warn "    what it wrote last:"
  if [[ -n $first ]]; then
    warn "    aws logs get-log-events --region $REGION --log-group-name $log_group --log-stream-name $stream/$container/${first##*/} --limit 50 --query 'events[].[message]' --output text"
  else
    warn "    aws logs filter-log-events --region $REGION --log-group-name $log_group --start-time \$((\$(date +%s) * 1000 - 900000)) --query 'events[].[message]' --output text"
  fi
}
