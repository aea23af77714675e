# --- the revision -------------------------------------------------------------------------------------------------------

# The stack registers it: then it has every setting the stack describes now, the real command in place of a placeholder's
# included, and nothing an earlier release left behind; and the stack goes on describing the image that was released. The
# stack keeps the template and every other value it has, so that nothing changes but the task definition.

# Sets definition, the one the stack describes.
read_definition() {
  local outputs
  outputs=$(stack_outputs "$service_stack") || exit 1
  definition=$(pick "${prefix}TaskDefinitionArn" "$outputs")
}

# The image in a definition.
image_of() {
  ask '' ecs describe-task-definition --task-definition "$1" \
    --query "taskDefinition.containerDefinitions[?name=='$container'].image | [0]"
}

# What tasks of a definition are like, whatever its number.
settings_of() {
  aws ecs describe-task-definition --region "$REGION" --task-definition "$1" --output json --query 'taskDefinition.[
    containerDefinitions,cpu,memory,networkMode,runtimePlatform,ephemeralStorage,volumes,taskRoleArn,executionRoleArn,
    proxyConfiguration,pidMode,ipcMode,placementConstraints,requiresCompatibilities,enableFaultInjection]'
}

# Whether two definitions make the same tasks.
same_settings() {
  local one other
  [[ $1 != "$2" ]] || return 0
  one=$(settings_of "$1") || die "the task definition $1 could not be read"
  other=$(settings_of "$2") || die "the task definition $2 could not be read"
  [[ $one == "$other" ]]
}

# Makes the stack describe the image, and sets definition to what it then describes.
describe_image() {
  local recorded call last described
  name=$service_stack
  recorded=$(ask '' cloudformation describe-stacks --stack-name "$name" \
    --query "Stacks[0].Parameters[?ParameterKey=='$image_parameter'].ParameterValue | [0]") || exit 1
  if [[ $recorded == "$image" ]]; then return; fi
  say "update $name: $image_parameter=$image"
  if [[ $dry_run == yes ]]; then return; fi
  update_call "$image_parameter=$image"
  last=$(last_event) || exit 1
  phase=updating
  if ! "${call[@]}" >/dev/null 2>"$work/error"; then
    die "$name could not be updated; nothing was released:" "$(cat "$work/error")"
  fi
  if ! await aws cloudformation wait stack-update-complete --region "$REGION" --stack-name "$name"; then
    show_failures "$last"
    die "$name could not be updated; nothing was released. CloudFormation takes back what it began." \
      "RUNBOOK.md, \"A stack is stuck\", says what to do if it cannot."
  fi
  phase=looking
  read_definition
  described=$(image_of "$definition") || exit 1
  [[ $described == "$image" ]] || die "$name was given the image and describes another: ${described:-none}" "./deploy.sh --stack $name"
}
