# --- ECS itself: what it is doing ---------------------------------------------------------------------------------------

# For the service that is used, beside what every engine says (its traffic, its ids):
#   ecs_rollouts   the service deployments under way
#   ecs_stop ID    the command that stops one and goes back
#   ecs_primary    the target group of the tasks that have the traffic
#   ecs_again      the command that releases once more what runs

ecs_check() { check_versions; }
ecs_tell_moved() { tell_moved "$1"; }
ecs_rollout_like() { printf 'arn:aws*:ecs:*:service-deployment/*'; }

ecs_outputs() { stack_outputs "$1"; }

ecs_rollouts() {
  ask 'ClusterNotFoundException|ServiceNotFoundException|ServiceNotActiveException' ecs list-service-deployments \
    --cluster "$cluster" --service "$ecs_service" \
    --status PENDING IN_PROGRESS STOP_REQUESTED ROLLBACK_REQUESTED ROLLBACK_IN_PROGRESS \
    --query 'serviceDeployments[].serviceDeploymentArn'
}

ecs_stop() {
  printf 'aws ecs stop-service-deployment --region %s --service-deployment-arn %s --stop-type ROLLBACK' "$REGION" "$1"
}

# The service revision that runs, when none is on its way out.
ecs_revision() {
  ask 'ClusterNotFoundException|ServiceNotFoundException' ecs describe-services --cluster "$cluster" --services "$ecs_service" \
    --query "services[?status=='ACTIVE'].currentServiceRevisions[].arn | [0]"
}

ecs_primary() {
  local current
  current=$(ecs_revision) || exit 1
  [[ -n $current ]] || return 0
  ask '' ecs describe-service-revisions --service-revision-arns "$current" \
    --query 'serviceRevisions[0].resolvedConfiguration.loadBalancers[0].targetGroupArn'
}

ecs_again() {
  printf 'aws ecs update-service --region %s --cluster %s --service %s --force-new-deployment' "$REGION" "$cluster" "$ecs_service"
}
