# --- where the migration stands -----------------------------------------------------------------------------------------

moved=no   # whether a person says that the name leads to the new load balancer
minutes=15 # that nobody may have asked the old one

# Whether the engine of the service that is used keeps colors apart: what runs is then a service of the live color.
use_running() {
  use_service "$FIRST"
  if [[ $engine != two_clusters ]]; then return; fi
  read_weights "$FIRST"
  local color
  color=$(live_of_weights)
  if [[ -n $color ]]; then use_service "$FIRST/$color"; fi
}

# How many tasks the service that is used is to have: 0 where there is no service.
wanted_tasks() {
  local found
  found=$(ask 'ClusterNotFoundException|ServiceNotFoundException' ecs describe-services --cluster "$cluster" --services "$ecs_service" \
    --query "services[?status=='ACTIVE'] | [0].desiredCount") || exit 1
  printf '%s' "${found:-0}"
}

# The production listener of a service; nothing where it is not there.
listener_of() {
  local outputs
  use_service "$1"
  if [[ $engine == cloudformation ]]; then
    outputs=$(cloudformation_outputs "$edge_stack") || exit 1
  else
    outputs=$(stack_outputs "$edge_stack") || exit 1
  fi
  pick "${prefix}ProductionListenerArn" "$outputs"
}

# A line "ARN DNS-name hosted-zone" of the load balancer of a service; nothing where it is not there.
balancer_of() {
  local at arn
  at=$(listener_of "$1") || exit 1
  [[ -n $at ]] || return 0
  arn=$(ask 'ListenerNotFound' elbv2 describe-listeners --listener-arns "$at" --query 'Listeners[0].LoadBalancerArn') || exit 1
  [[ -n $arn ]] || return 0
  ask 'LoadBalancerNotFound' elbv2 describe-load-balancers --load-balancer-arns "$arn" \
    --query 'LoadBalancers[0].[LoadBalancerArn,DNSName,CanonicalHostedZoneId]'
}

# requests_of ARN: how many requests a load balancer got in the last minutes: those it had a target for, or else those that it
# answered with an error because it had none.
requests_of() {
  local now found metric
  now=$(date +%s)
  for metric in RequestCount HTTPCode_ELB_5XX_Count; do
    found=$(ask '' cloudwatch get-metric-statistics --namespace AWS/ApplicationELB --metric-name "$metric" \
      --dimensions "Name=LoadBalancer,Value=${1#*:loadbalancer/}" --start-time "$((now - minutes * 60))" --end-time "$now" \
      --period 60 --statistics Sum --query 'sum(Datapoints[].Sum)') || exit 1
    found=${found%%.*}
    if [[ -n $found && $found != 0 ]]; then break; fi
  done
  printf '%s' "${found:-0}"
}

# Sets what the steps leave behind, read from AWS.
read_state() {
  local it status
  old_there='' old_whole=yes new_there='' new_whole=yes statuses=''
  for it in "${OLD_STACKS[@]}"; do
    status=$(stack_status "$it") || exit 1
    case $status in
      '' | REVIEW_IN_PROGRESS) old_whole=no ;;
      DELETE_*) old_there=yes old_whole=no ;;
      *) old_there=yes ;;
    esac
  done
  for it in "${NEW_STACKS[@]}"; do
    status=$(stack_status "$it") || exit 1
    case $status in
      '' | REVIEW_IN_PROGRESS) new_whole=no ;;
      CREATE_COMPLETE | UPDATE_COMPLETE | UPDATE_ROLLBACK_COMPLETE) new_there=yes ;;
      *) new_there=yes new_whole=no ;;
    esac
  done
  if [[ $old_whole == no && $new_whole == no ]]; then
    die "not every stack of $FIRST is there; deploy the environment first, with deploy.sh" "${OLD_STACKS[@]}"
  fi
  old_arn='' old_dns='' old_zone='' new_arn='' new_dns='' new_zone='' old_requests=0 new_requests=0
  use_service "$SECOND"
  new_own=$(stack_status "$service_stack") || exit 1
  new_image=''
  if [[ $new_whole == yes ]]; then
    use_service "$SECOND"
    new_image=$(running_image) || exit 1
  fi
  if [[ -n $old_there ]]; then
    it=$(balancer_of "$FIRST") || exit 1
    read -r old_arn old_dns old_zone <<<"$it"
  fi
  if [[ -n $new_there ]]; then
    it=$(balancer_of "$SECOND") || exit 1
    read -r new_arn new_dns new_zone <<<"$it"
  fi
  if [[ -n $old_arn ]]; then
    old_requests=$(requests_of "$old_arn") || exit 1
  fi
  if [[ -n $new_arn ]]; then
    new_requests=$(requests_of "$new_arn") || exit 1
  fi
  read_rest
}

# Sets left, what outlived the stack of the second service, which is gone.
read_rest() {
  local found it
  left=()
  if [[ -n $new_own && $new_own != REVIEW_IN_PROGRESS ]]; then return; fi
  for it in "${LOG_GROUPS[@]}"; do
    found=$(ask '' logs describe-log-groups --log-group-name-prefix "$it" \
      --query "logGroups[?logGroupName=='$it'].logGroupName | [0]") || exit 1
    if [[ -n $found ]]; then left+=("log group $it"); fi
  done
  if [[ -z $REPOSITORY ]]; then return; fi
  found=$(ask 'RepositoryNotFoundException' ecr describe-repositories --repository-names "$REPOSITORY" \
    --query 'repositories[0].repositoryName') || exit 1
  if [[ -n $found ]]; then left+=("repository $REPOSITORY"); fi
}

# Whether a step has been taken. A second service that deploy.sh made runs the placeholder, which must not get anybody's requests. As long as the old load balancer is there, somebody has to say that the name leads away from it.
is_done() {
  case $1 in
    beside) [[ $new_whole == yes && -n $new_image ]] ;;
    name) [[ $moved == yes || -z $old_arn ]] ;;
    quiet) [[ -z $old_arn ]] || ((old_requests == 0 && new_requests > 0)) ;;
    away) [[ -z $old_there ]] ;;
  esac
}

# What a step is, in a line.
title() {
  case $1 in
    beside) say "$SECOND comes beside $FIRST, with the image that runs and as many tasks" ;;
    name) say "people's name leads to the load balancer of $SECOND; somebody moves the DNS record" ;;
    quiet) say "nobody asks $FIRST any more" ;;
    away) say "$FIRST is deleted; THERE IS NO WAY BACK FROM THIS STEP" ;;
  esac
}
