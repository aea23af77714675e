# --- what a step rests on -----------------------------------------------------------------------------------------------

# Notes whatever is in the way of a step, forwards or back.
check_step() {
  local it
  note_stack "$edge_stack"
  note_stack "$service_stack"
  check_service "$SERVICE"
  case $1 in
    rules | handover | controller)
      check_blue
      check_latest
      ;;
    revision) check_latest ;;
  esac
  if [[ $busy == InProgress && $1 != hold && $1 != pipeline ]]; then
    problem "$PIPELINE: it is releasing to $ENVIRONMENT. Wait for its end:" \
      "aws codepipeline get-pipeline-state --region $REGION --name $PIPELINE --query \"stageStates[?stageName=='$ENVIRONMENT'].latestExecution.status\""
  fi
  for it in ${2+"${@:2}"}; do check_target "$it" "$1"; done
}

# Whether a stack can be updated now.
check_target() {
  enter "$1"
  local stack=${1#*/}
  if [[ $2 == controller && $own_status == UPDATE_FAILED ]]; then
    # It was left as it was, on purpose: the next update goes on from there.
    statuses+="$stack $own_status"$'\n'
  else
    check_stack "$stack"
  fi
  exists "$stack" || problem "$stack: there is no such stack; deploy the environment first, with deploy.sh"
  check_lookups "$stack"
}

# ECS takes over the group that the service names in its stack, which is blue for ever; whether it takes over from the other,
# AWS does not say.
check_blue() {
  read_traffic "$SERVICE"
  if [[ -z $live || $live == "$blue" ]]; then return; fi
  if [[ -z $group_id ]]; then
    problem "$service: production is on green, and ECS takes over from blue. Go back a step, then release once more what runs:" \
      "./$SCRIPT back"
    return
  fi
  local running
  running=$(running_task_definition) || exit 1
  problem "$service: production is on green, and ECS takes over from blue. Release once more what runs; it comes up on blue:" \
    "$(codedeploy_again "$running")"
}

# The service names its task definition by family. Should its update reach ECS with that name, ECS reads it as the newest
# revision; so the newest must be the one that runs.
check_latest() {
  local running newest
  running=$(running_task_definition) || exit 1
  newest=$(ask '' ecs describe-task-definition --task-definition "$FAMILY" --query taskDefinition.taskDefinitionArn) || exit 1
  if [[ -z $running || $running == "$newest" ]]; then return; fi
  problem "$service: revision ${running##*:} runs, and ${newest##*:} is the newest of $FAMILY: the controller might change together with the version." \
    "Release the newest first, or take it away:" \
    "aws ecs deregister-task-definition --region $REGION --task-definition $newest"
}
