# --- the revision -------------------------------------------------------------------------------------------------------

# The stack registers it: then it has every setting the stack describes now, the real command in place of a placeholder's
# included, and nothing an earlier release left behind; and the stack goes on describing the image that was released. The
# stack keeps the template and every other value it has, so that nothing changes but the task definition.

# Sets definition, the one the stack describes.
read_definition() {
  local outputs
  outputs=$(stack_outputs "$service_stack") || exit 1
  definition=$(pick "${prefix}TaskDefinitionArn" "$outputs")
  [[ -n $definition ]] || die "$service_stack lacks the output ${prefix}TaskDefinitionArn. Deploy it first:" "./deploy.sh --stack $service_stack"
}

# Whether the stack takes an image.
check_parameter() {
  local known
  if [[ -z $image_parameter ]]; then
    tell_fixed
    return 1
  fi
  known=$(ask '' cloudformation describe-stacks --stack-name "$service_stack" \
    --query "Stacks[0].Parameters[?ParameterKey=='$image_parameter'].ParameterKey | [0]") || exit 1
  if [[ -z $known ]]; then
    problem "$service_stack does not take an image ($image_parameter) yet. Deploy it first:" "./deploy.sh --stack $service_stack"
    return 1
  fi
}

tell_fixed() {
  problem "$service: the blueprint fixes its image, and deploy.sh would bring that one back." \
    "change image.uri in the blueprint, render, ./deploy.sh, then: ./$SCRIPT --described $service"
}

# The image in a definition.
image_of() {
  ask '' ecs describe-task-definition --task-definition "$1" \
    --query "taskDefinition.containerDefinitions[?name=='$container'].image | [0]"
}

# What the service's stack has for a parameter.
recorded() {
  ask '' cloudformation describe-stacks --stack-name "$service_stack" \
    --query "Stacks[0].Parameters[?ParameterKey=='$1'].ParameterValue | [0]"
}

# describe RUNNING: makes the stack describe the image, unless what it describes is to be released, and sets definition to
# what it then describes. Where the stack says which revision runs, it is told the one that does: this update only describes.
describe() {
  local it known changes=() call last described_image
  name=$service_stack
  if [[ $described == no ]]; then
    it=$(recorded "$image_parameter") || exit 1
    if [[ $it != "$image" ]]; then changes+=("$image_parameter=$image"); fi
  fi
  if [[ -n $revision_parameter && (${#changes[@]} -gt 0 || $definition != "$1") ]]; then
    it=$(recorded "$revision_parameter") || exit 1
    if [[ $it != "$1" ]]; then changes+=("$revision_parameter=$1"); fi
    if [[ -n $port_parameter ]]; then
      known=$(names_port "$1") || exit 1
      it=$(recorded "$port_parameter") || exit 1
      if [[ $it != "$known" ]]; then changes+=("$port_parameter=$known"); fi
    fi
  fi
  if ((${#changes[@]} == 0)); then return; fi
  say "update $name: ${changes[*]}"
  if [[ $dry_run == yes ]]; then return; fi
  update_call "${changes[@]}"
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
  if [[ $described == yes ]]; then return; fi
  described_image=$(image_of "$definition") || exit 1
  [[ $described_image == "$image" ]] ||
    die "$name was given the image and describes another: ${described_image:-none}" "./deploy.sh --stack $name"
}
