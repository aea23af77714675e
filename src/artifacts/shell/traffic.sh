# --- where traffic goes -----------------------------------------------------------------------------------------------

# Target groups that traffic is sent to, a line each: live_groups --listener-arn ARN, by the listener and all its rules;
# live_groups --rule-arns ARN, by that rule; live_groups --listener-arns ARN, by a listener without rules.
live_groups() {
  local weighted plain arn weight call=describe-rules actions='Rules[].Actions'
  if [[ $1 == --listener-arns ]]; then call=describe-listeners actions='Listeners[].DefaultActions'; fi
  weighted=$(ask '' elbv2 "$call" "$@" \
    --query "${actions}[].ForwardConfig.TargetGroups[].[TargetGroupArn,Weight]") || exit 1
  plain=$(ask '' elbv2 "$call" "$@" \
    --query "${actions}[?!ForwardConfig].TargetGroupArn[]") || exit 1
  {
    while read -r arn weight; do
      if [[ -n $arn && $weight != 0 ]]; then printf '%s\n' "$arn"; fi
    done <<<"$weighted"
    for arn in $plain; do
      if [[ $arn != None ]]; then printf '%s\n' "$arn"; fi
    done
  } | sort -u
}

# Sets listener, rule (where a rule of a listener is what moves; a listener that services share is not theirs), blue, green, live (the groups that get traffic) and
# primary (the group of the running tasks). All are empty before the first deployment.
read_traffic() {
  use_service "$1"
  listener='' rule='' blue='' green='' live='' primary=''
  [[ -n $edge_stack ]] || return 0 # no load balancer
  local outputs
  outputs=$("${engine}_outputs" "$edge_stack") || exit 1
  listener=$(pick "${prefix}ProductionListenerArn" "$outputs")
  rule=$(pick "${prefix}ProductionRuleArn" "$outputs")
  blue=$(pick "${prefix}BlueTargetGroupArn" "$outputs")
  green=$(pick "${prefix}GreenTargetGroupArn" "$outputs")
  [[ -n $listener$rule && -n $blue && -n $green ]] || return 0
  if [[ -n $rule ]]; then
    live=$(live_groups --rule-arns "$rule") || exit 1
  elif [[ $listener == *:listener/net/* ]]; then
    live=$(live_groups --listener-arns "$listener") || exit 1
  else
    live=$(live_groups --listener-arn "$listener") || exit 1
  fi
  # Rules for other services' groups on the same listener do not count, unless nothing else is there.
  local arn own=''
  for arn in $live; do
    if [[ $arn == "$blue" || $arn == "$green" ]]; then own=${own:+$own$'\n'}$arn; fi
  done
  live=${own:-$live}
  primary=$("${engine}_primary") || exit 1
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
