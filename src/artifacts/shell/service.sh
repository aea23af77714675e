# --- what is there ----------------------------------------------------------------------------------------------------

statuses='' # a line "stack status" for every stack that exists

exists() { [[ -n $(pick "$1" "$statuses") ]]; }

# Remembers whether a stack exists.
note_stack() {
  local status
  status=$(stack_status "$1") || exit 1
  if [[ -n $status && $status != REVIEW_IN_PROGRESS ]]; then statuses+="$1 $status"$'\n'; fi
}

# Whether a stack update can leave the live traffic of a service alone.
check_service() {
  use_service "$1"
  "${engine}_check"
}

# The same of the service that is used, where its versions come and go in one ECS service.
check_versions() {
  local id ids
  ids=$("${engine}_rollouts") || exit 1
  for id in $ids; do
    if [[ $id == None ]]; then continue; fi
    problem "$service: deployment $id is under way; a stack update now could move its traffic." \
      "follow it:      ./release.sh --wait $id $service" \
      "stop, go back:  $("${engine}_stop" "$id")"
  done
  # While traffic moves, the sources differ because they must.
  if [[ -n $ids ]]; then return; fi
  read_traffic "$service"
  # One target group and no color: there is nothing that could disagree. Only where the strategy is new, there still is a
  # pair, of which green goes.
  if [[ $two_versions == no ]]; then
    if [[ -n $green && $live == "$green" ]]; then
      problem "$service: production is on green, and a rolling update keeps the blue target group alone; this update would leave production without tasks." \
        "Release once more what runs, with the strategy it has now; the new tasks come up on blue:" \
        "$("${engine}_again" "$(running_task_definition)")" \
        "When it has succeeded, run this script again."
    fi
    return
  fi
  if [[ -z $listener$rule ]]; then
    if exists "$edge_stack"; then
      problem "$service: $edge_stack lacks the output ${prefix}ProductionListenerArn or ${prefix}ProductionRuleArn, ${prefix}BlueTargetGroupArn or ${prefix}GreenTargetGroupArn; which tasks are live cannot be known."
    fi
    return
  fi
  if [[ ($live == "$blue" || $live == "$green") && (-z $primary || $primary == "$live") ]]; then return; fi
  local arn lines=()
  for arn in $live; do lines+=("load balancer sends to     $(group_name "$arn")"); done
  if [[ -z $live ]]; then lines+=("load balancer sends to     nothing"); fi
  if [[ -n $primary ]]; then
    lines+=("ECS runs the live tasks in $(group_name "$primary")")
  else
    lines+=("ECS has no primary tasks")
  fi
  problem "$service: load balancer and ECS disagree about the live tasks." \
    "${lines[@]}" \
    "stack $edge_stack has blue $blue" \
    "stack $edge_stack has green $green" \
    "An update now could send traffic to tasks that are not there. Look which group has healthy targets:" \
    "aws elbv2 describe-target-health --region $REGION --target-group-arn <arn> --query 'TargetHealthDescriptions[].TargetHealth.State'" \
    "then make them agree: RUNBOOK.md, \"The sources disagree\"."
}
