# --- updating a stack that is there -----------------------------------------------------------------------------------

# update_call Name=Value...: sets call, an update of the stack that is used with the template it has, in which nothing else
# changes than these parameters.
update_call() {
  local known it one found settings=() allowed=()
  known=$(ask '' cloudformation describe-stacks --stack-name "$name" --query 'Stacks[0].Parameters[].ParameterKey') || exit 1
  for it in $known; do
    found=''
    for one in "$@"; do
      if [[ ${one%%=*} == "$it" ]]; then found=$one; fi
    done
    if [[ -n $found ]]; then
      settings+=("ParameterKey=$it,ParameterValue=${found#*=}")
    else
      settings+=("ParameterKey=$it,UsePreviousValue=true")
    fi
  done
  # What the stack was allowed, because it is the template of then.
  known=$(ask '' cloudformation describe-stacks --stack-name "$name" --query 'Stacks[0].Capabilities[]') || exit 1
  for it in $known; do allowed+=("$it"); done
  call=(aws cloudformation update-stack --region "$REGION" --stack-name "$name" --use-previous-template
    --parameters "${settings[@]}")
  if ((${#allowed[@]})); then call+=(--capabilities "${allowed[@]}"); fi
}

# The newest event of the stack that is used. Empty when there is none.
last_event() {
  ask "$NO_STACK" cloudformation describe-stack-events --no-paginate --stack-name "$name" --query 'StackEvents[0].EventId'
}

# What failed since the event, first cause first. Resources that were only cancelled are not told.
show_failures() {
  local events id resource kind status reason told=''
  events=$(ask "$NO_STACK" cloudformation describe-stack-events --no-paginate --stack-name "$name" \
    --query 'StackEvents[].[EventId,LogicalResourceId,ResourceType,ResourceStatus,ResourceStatusReason]') || exit 1
  while IFS=$'\t' read -r id resource kind status reason; do
    if [[ -z $id || $id == "$1" ]]; then break; fi
    if [[ $status == CREATE_FAILED || $status == UPDATE_FAILED ]] && [[ $reason != *cancelled* ]]; then
      told="  x $resource ($kind) $status: $reason"$'\n'$told
    fi
  done <<<"$events"
  if [[ -n $told ]]; then
    warn "What failed in $name:"
    printf '%s' "$told" >&2
  fi
}
