# --- asking AWS -------------------------------------------------------------------------------------------------------

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export AWS_PAGER=''

# ask ABSENT COMMAND...: prints what AWS answers, nothing for "None" and where the error says ABSENT. Any other error
# ends the script; callers in $(...) write `|| exit 1`, so that this holds in conditions too.
ask() { ask_in "$REGION" "$@"; }

# The same in another region: ask_in REGION ABSENT COMMAND...
ask_in() {
  local region=$1 absent=$2 answer
  shift 2
  if answer=$(aws "$@" --region "$region" --output text 2>"$work/error"); then
    [[ $answer == None ]] || printf '%s' "$answer"
  elif [[ -z $absent ]] || ! grep -Eq "$absent" "$work/error"; then
    die "aws $1 $2 failed:" "$(cat "$work/error")"
  fi
}

readonly NO_STACK='does not exist'

# Nothing when the stack does not exist.
stack_status() {
  ask "$NO_STACK" cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].StackStatus'
}

# A line "name value" for every output; nothing when the stack does not exist.
stack_outputs() {
  ask "$NO_STACK" cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].Outputs[].[OutputKey,OutputValue]'
}

# pick NAME LINES: the value in the line that starts with the name. (A return without a number would give, within a trap, what was so
# before the signal.)
pick() {
  local key value
  while read -r key value; do
    if [[ $key == "$1" ]]; then
      printf '%s' "$value"
      return 0
    fi
  done <<<"$2"
}

# The task definition that has the traffic: of the PRIMARY task set, or of the PRIMARY deployment where ECS itself deploys.
# Nothing when there is no service.
running_task_definition() {
  local found
  found=$(ask 'ClusterNotFoundException|ServiceNotFoundException' ecs describe-services --cluster "$cluster" --services "$ecs_service" \
    --query "services[?status=='ACTIVE'] | [0].[taskSets[?status=='PRIMARY'].taskDefinition | [0],
      deployments[?status=='PRIMARY'].taskDefinition | [0], taskDefinition]") || exit 1
  local word
  for word in $found; do
    if [[ $word != None ]]; then
      printf '%s' "$word"
      return
    fi
  done
}

# The image of the main container of the running tasks. Nothing when there is no service, or when it still runs the
# placeholder it was created with.
running_image() {
  local definition found image bootstrap
  definition=$(running_task_definition) || exit 1
  [[ -n $definition ]] || return 0
  found=$(ask '' ecs describe-task-definition --task-definition "$definition" \
    --query "taskDefinition.containerDefinitions[?name=='$container'] | [0].[image, dockerLabels.\"bluegreen.bootstrap\"]") || exit 1
  read -r image bootstrap <<<"$found"
  if [[ -n $image && $image != None && $bootstrap != true ]]; then printf '%s' "$image"; fi
}

# Whether a task definition names the port of the container, as Service Connect asks: yes or no. Nothing for none.
names_port() {
  local found
  if [[ -z $1 ]]; then return; fi
  found=$(ask '' ecs describe-task-definition --task-definition "$1" \
    --query "taskDefinition.containerDefinitions[?name=='$container'].portMappings[] | [?name=='$container'].name | [0]") || exit 1
  if [[ -n $found ]]; then printf yes; else printf no; fi
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
