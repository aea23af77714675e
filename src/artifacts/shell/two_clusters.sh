# --- two clusters: weights say what is live -----------------------------------------------------------------------------

# Sets listener, blue, green (target groups), blue_weight, green_weight, new_color (where the newest version is) and strangers
# (other groups that get production traffic). All are empty before the first deployment.
read_weights() {
  use_service "$1"
  listener='' blue='' green='' blue_weight='' green_weight='' new_color='' strangers=''
  local outputs found arn weight test
  outputs=$(stack_outputs "$edge_stack") || exit 1
  listener=$(pick "${prefix}ProductionListenerArn" "$outputs")
  blue=$(pick "${prefix}BlueTargetGroupArn" "$outputs")
  green=$(pick "${prefix}GreenTargetGroupArn" "$outputs")
  new_color=$(pick "${prefix}NewColor" "$outputs")
  test=$(pick "${prefix}TestListenerArn" "$outputs")
  [[ -n $listener && -n $blue && -n $green ]] || return 0
  blue_weight=0 green_weight=0
  found=$(weights_of "$listener") || exit 1
  while read -r arn weight; do
    case $arn in
      "$blue") blue_weight=$weight ;;
      "$green") green_weight=$weight ;;
      '') ;;
      *) if [[ $weight != 0 ]]; then strangers+=" $arn"; fi ;;
    esac
  done <<<"$found"
  if [[ -z $test ]]; then return 0; fi # told in a trap as well, as in pick
  # What the listener has is what counts, whatever the stack remembers.
  found=$(weights_of "$test") || exit 1
  while read -r arn weight; do
    if [[ -z $weight || $weight == 0 ]]; then continue; fi
    case $arn in
      "$blue") new_color=blue ;;
      "$green") new_color=green ;;
    esac
  done <<<"$found"
}

# A line "group weight" for every target group of a listener.
weights_of() {
  ask '' elbv2 describe-listeners --listener-arns "$1" \
    --query 'Listeners[0].DefaultActions[].ForwardConfig.TargetGroups[].[TargetGroupArn,Weight]'
}

# blue or green: which color has all of the production traffic. Nothing where none has. After read_weights.
live_of_weights() {
  if [[ -z $listener ]]; then return; fi
  if [[ $blue_weight != 0 && $green_weight == 0 ]]; then printf blue; fi
  if [[ $blue_weight == 0 && $green_weight != 0 ]]; then printf green; fi
}

other_color() { if [[ $1 == blue ]]; then printf green; else printf blue; fi; }

# weight_of COLOR. After read_weights.
weight_of() { if [[ $1 == blue ]]; then printf '%s' "$blue_weight"; else printf '%s' "$green_weight"; fi; }

# How many tasks the service of a color is to have: 0 where there is no service.
tasks_of() {
  local found
  use_service "$service/$1"
  found=$(ask 'ClusterNotFoundException|ServiceNotFoundException' ecs describe-services --cluster "$cluster" --services "$ecs_service" \
    --query "services[?status=='ACTIVE'].desiredCount | [0]") || exit 1
  printf '%s' "${found:-0}"
}

two_clusters_rollout_like() { :; } # nothing goes on by itself

# two_clusters_tell_moved COLOR PARAMETER: where traffic is, after an update failed that was to give the parameter this value.
two_clusters_tell_moved() {
  read_weights "$service"
  warn "  $service: $2 is to be $1; production traffic is at blue $blue_weight, green $green_weight, the newest version on $new_color."
}

despite_shift=no

# Whether an update of a stack can leave the live traffic of the service alone.
two_clusters_check() {
  read_weights "$service"
  if [[ -z $listener ]]; then
    if exists "$edge_stack"; then
      problem "$service: $edge_stack lacks the output ${prefix}ProductionListenerArn, ${prefix}BlueTargetGroupArn or ${prefix}GreenTargetGroupArn; which color is live cannot be known."
    fi
    return
  fi
  if [[ -n $strangers ]]; then
    problem "$service: the production listener sends traffic to groups that are neither blue nor green; an update would take it from them:" \
      "$strangers" \
      "RUNBOOK.md, \"The sources disagree\"."
    return
  fi
  if [[ $((blue_weight + green_weight)) != 100 ]]; then
    problem "$service: the weights of the production listener are $blue_weight (blue) and $green_weight (green), which is not 100 together; whoever moved them knows why." \
      "RUNBOOK.md, \"The sources disagree\"."
    return
  fi
  local live other
  live=$(live_of_weights)
  if [[ -z $live ]]; then
    if [[ $despite_shift == yes ]]; then return; fi
    problem "$service: production traffic is on both colors (blue $blue_weight, green $green_weight): a release is under way, or was left there." \
      "go on:    ./release.sh --shift $service" \
      "go back:  ./release.sh --back $service" \
      "update all the same, with these weights:  ./deploy.sh --despite-shift"
    return
  fi
  other=$(other_color "$live")
  if [[ $new_color == "$other" ]]; then return; fi # a release is staged: both may run
  if [[ $(tasks_of "$live") == 0 && $(tasks_of "$other") != 0 ]]; then
    problem "$service: load balancer and ECS disagree: production traffic goes to $live, which has no tasks, and $other has some." \
      "RUNBOOK.md, \"The sources disagree\"."
  fi
}
