# --- where the migration stands -----------------------------------------------------------------------------------------

held=no # whether a person says that a pipeline which lives elsewhere is held

# Sets what the steps leave behind, read from AWS, and who moves the traffic now (mover).
read_state() {
  local outputs
  mover=codedeploy
  use_service "$SERVICE"
  outputs=$(stack_outputs "$edge_stack") || exit 1
  [[ -n $outputs ]] || die "there is no stack $edge_stack; deploy the environment first, with deploy.sh"
  has_rules=no
  if [[ -n $(pick "${prefix}ProductionRuleArn" "$outputs") ]]; then has_rules=yes; fi
  local arn
  arn=$(pick "${prefix}ProductionListenerArn" "$outputs")
  [[ -n $arn ]] || die "$edge_stack lacks the output ${prefix}ProductionListenerArn; render and deploy the environment with this version first"
  default_action=$(ask '' elbv2 describe-listeners --listener-arns "$arn" --query 'Listeners[0].DefaultActions[0].Type') || exit 1
  group_id=$(ask 'ApplicationDoesNotExistException|DeploymentGroupDoesNotExistException' deploy get-deployment-group \
    --application-name "$application" --deployment-group-name "$group" --query deploymentGroupInfo.deploymentGroupId) || exit 1
  controller=$(ask 'ClusterNotFoundException|ServiceNotFoundException' ecs describe-services --cluster "$cluster" \
    --services "$ecs_service" --query "services[?status=='ACTIVE'] | [0].[serviceName, deploymentController.type]") || exit 1
  [[ -n $controller ]] || die "there is no service $ecs_service in $cluster; deploy the environment first, with deploy.sh"
  if [[ $controller == *CODE_DEPLOY ]]; then controller=CODE_DEPLOY; else controller=ECS mover=ecs; fi
  own_status=$(stack_status "$service_stack") || exit 1
  knows_revision=$(ask '' cloudformation describe-stacks --stack-name "$service_stack" \
    --query "Stacks[0].Parameters[?ParameterKey=='$THEN_PARAMETER'].ParameterKey | [0]") || exit 1
  read_pipeline
  use_service "$SERVICE"
}

# Sets open (whether the pipeline may enter the stage), busy (whether it is there) and provider (what releases there).
read_pipeline() {
  open='' busy='' provider=''
  if [[ -z $PIPELINE || $PIPELINE_HOME != "$ENVIRONMENT" ]]; then return; fi
  local stage="stageStates[?stageName=='$ENVIRONMENT'] | [0]"
  open=$(ask '' codepipeline get-pipeline-state --name "$PIPELINE" --query "$stage.inboundTransitionState.enabled") || exit 1
  busy=$(ask '' codepipeline get-pipeline-state --name "$PIPELINE" --query "$stage.latestExecution.status") || exit 1
  provider=$(ask '' codepipeline get-pipeline --name "$PIPELINE" \
    --query "pipeline.stages[?name=='$ENVIRONMENT'].actions[].actionTypeId.provider") || exit 1
}

# Whether a step has been taken.
is_done() {
  case $1 in
    hold) [[ $open == False || $held == yes ]] || is_done pipeline ;;
    rules) [[ $has_rules == yes ]] ;;
    handover) [[ -z $group_id ]] ;;
    controller) [[ $controller == ECS && $own_status != UPDATE_FAILED ]] ;;
    revision) [[ -n $knows_revision ]] ;;
    routes) [[ $default_action == fixed-response ]] ;;
    pipeline) [[ $open == True ]] && ! among CodeDeployToECS "${provider//[[:space:]]/ }" ;;
  esac
}

# What a step is, in a line.
title() {
  case $1 in
    hold) say "the pipeline releases nothing to $ENVIRONMENT meanwhile" ;;
    rules) say "rules beside the default actions of the listeners, with the same groups and weights" ;;
    handover) say "what CodeDeploy needs goes, what ECS needs comes; the service is not touched" ;;
    controller) say "ECS becomes the controller of the service; THERE IS NO WAY BACK FROM THIS STEP" ;;
    revision) say "the stack names the revision that runs" ;;
    routes) say "the rules alone send traffic" ;;
    pipeline) say "the pipeline releases with ECS" ;;
  esac
}
