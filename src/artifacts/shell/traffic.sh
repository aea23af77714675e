# --- where traffic goes -----------------------------------------------------------------------------------------------

# Target groups the production listener and its rules send traffic to, a line each.
live_groups() {
  local weighted plain arn weight
  weighted=$(ask '' elbv2 describe-rules --listener-arn "$1" \
    --query 'Rules[].Actions[].ForwardConfig.TargetGroups[].[TargetGroupArn,Weight]') || exit 1
  plain=$(ask '' elbv2 describe-rules --listener-arn "$1" \
    --query 'Rules[].Actions[?!ForwardConfig].TargetGroupArn[]') || exit 1
  {
    while read -r arn weight; do
      if [[ -n $arn && $weight != 0 ]]; then printf '%s\n' "$arn"; fi
    done <<<"$weighted"
    for arn in $plain; do
      if [[ $arn != None ]]; then printf '%s\n' "$arn"; fi
    done
  } | sort -u
}

# Sets listener, blue, green, live (the groups that get traffic) and primary (the group of the running tasks). All are
# empty before the first deployment.
read_traffic() {
  use_service "$1"
  listener='' blue='' green='' live='' primary=''
  local outputs
  outputs=$(stack_outputs "$edge_stack") || exit 1
  listener=$(pick "${prefix}ProductionListenerArn" "$outputs")
  blue=$(pick "${prefix}BlueTargetGroupArn" "$outputs")
  green=$(pick "${prefix}GreenTargetGroupArn" "$outputs")
  [[ -n $listener && -n $blue && -n $green ]] || return 0
  live=$(live_groups "$listener") || exit 1
  # Rules for other services' groups on the same listener do not count, unless nothing else is there.
  local arn own=''
  for arn in $live; do
    if [[ $arn == "$blue" || $arn == "$green" ]]; then own=${own:+$own$'\n'}$arn; fi
  done
  live=${own:-$live}
  primary=$(ask 'ClusterNotFoundException|ServiceNotFoundException' ecs describe-services --cluster "$cluster" --services "$ecs_service" \
    --query "services[?status=='ACTIVE'].taskSets[] | [?status=='PRIMARY'].loadBalancers[].targetGroupArn") || exit 1
}

# blue or green; blue before the first deployment. After read_traffic, once check_service found nothing wrong.
live_color() {
  if [[ -n $live && $live == "$green" ]]; then say green; else say blue; fi
}

# A target group as people know it.
group_name() {
  case $1 in
    '') printf 'nothing' ;;
    "$blue") printf 'blue (%s)' "$1" ;;
    "$green") printf 'green (%s)' "$1" ;;
    *) printf 'neither blue nor green (%s)' "$1" ;;
  esac
}

# What releases a task definition. After use_service.
release_command() {
  printf "aws deploy create-deployment --region %s --application-name %s --deployment-group-name %s --revision '%s'" \
    "$REGION" "$application" "$group" "${revision//<TASK_DEFINITION>/$1}"
}
