# --- CodeDeploy: what it is doing ---------------------------------------------------------------------------------------

# What every engine says of the service that is used:
#   ENGINE_check          notes why an update of a stack could move its traffic
#   ENGINE_tell_moved COLOR PARAMETER   where its traffic is, which was on a color before an update that failed
#   ENGINE_rollout_like   what ids of its rollouts are like, as a pattern; nothing where there are none
# and, where its versions come and go in one ECS service:
#   ENGINE_outputs STACK  a line "name value" for every output of the stack
#   ENGINE_rollouts       the ids of what is under way
#   ENGINE_stop ID        the command that stops it and goes back
#   ENGINE_primary        the target group of the tasks that have the traffic
#   ENGINE_again          the command that releases once more what runs, the definition $1

codedeploy_check() { check_versions; }
codedeploy_tell_moved() { tell_moved "$1"; }
codedeploy_rollout_like() { printf 'd-*'; }

codedeploy_outputs() { stack_outputs "$1"; }

codedeploy_rollouts() {
  ask 'ApplicationDoesNotExistException|DeploymentGroupDoesNotExistException' deploy list-deployments \
    --application-name "$application" --deployment-group-name "$group" \
    --include-only-statuses Created Queued InProgress Ready Baking --query 'deployments[]'
}

codedeploy_stop() {
  printf 'aws deploy stop-deployment --region %s --deployment-id %s --auto-rollback-enabled' "$REGION" "$1"
}

codedeploy_primary() {
  ask 'ClusterNotFoundException|ServiceNotFoundException' ecs describe-services --cluster "$cluster" --services "$ecs_service" \
    --query "services[?status=='ACTIVE'].taskSets[] | [?status=='PRIMARY'].loadBalancers[].targetGroupArn"
}

codedeploy_again() {
  printf "aws deploy create-deployment --region %s --application-name %s --deployment-group-name %s --revision '%s'" \
    "$REGION" "$application" "$group" "${revision//<TASK_DEFINITION>/$1}"
}
