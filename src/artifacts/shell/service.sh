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
  local id ids
  ids=$(ask 'ApplicationDoesNotExistException|DeploymentGroupDoesNotExistException' deploy list-deployments \
    --application-name "$application" --deployment-group-name "$group" \
    --include-only-statuses Created Queued InProgress Ready Baking --query 'deployments[]') || exit 1
  for id in $ids; do
    if [[ $id == None ]]; then continue; fi
    problem "$service: deployment $id is under way; a stack update now could move its traffic." \
      "follow it:      ./release.sh --wait $id $service" \
      "stop, go back:  aws deploy stop-deployment --region $REGION --deployment-id $id --auto-rollback-enabled"
  done
  # While traffic moves, the sources differ because they must.
  if [[ -n $ids ]]; then return; fi
  read_traffic "$service"
  if [[ -z $listener ]]; then
    if exists "$edge_stack"; then
      problem "$service: $edge_stack lacks the output ${prefix}ProductionListenerArn, ${prefix}BlueTargetGroupArn or ${prefix}GreenTargetGroupArn; which tasks are live cannot be known."
    fi
    return
  fi
  if [[ ($live == "$blue" || $live == "$green") && (-z $primary || $primary == "$live") ]]; then return; fi
  local arn lines=()
  for arn in $live; do lines+=("listener sends traffic to  $(group_name "$arn")"); done
  if [[ -z $live ]]; then lines+=("listener sends traffic to  nothing"); fi
  if [[ -n $primary ]]; then
    lines+=("ECS runs the live tasks in $(group_name "$primary")")
  else
    lines+=("ECS has no primary task set")
  fi
  problem "$service: load balancer and ECS disagree about the live tasks." \
    "${lines[@]}" \
    "stack $edge_stack has blue $blue" \
    "stack $edge_stack has green $green" \
    "An update now could send traffic to tasks that are not there. Look which group has healthy targets:" \
    "aws elbv2 describe-target-health --region $REGION --target-group-arn <arn> --query 'TargetHealthDescriptions[].TargetHealth.State'" \
    "then make them agree: RUNBOOK.md, \"The sources disagree\"."
}
