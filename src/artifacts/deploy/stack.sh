# --- deploying one stack ------------------------------------------------------------------------------------------------

# Sets overrides (Name=value for CloudFormation) and shown (the same for people, without what a person gave).
collect_parameters() {
  overrides=() shown=()
  local it kind parameter rest value
  for it in ${parameters[@]+"${parameters[@]}"}; do
    if ! is_set "${it%%=*}"; then
      overrides+=("$it")
      shown+=("$it")
    fi
  done
  for it in ${given[@]+"${given[@]}"}; do
    if among "${it%%=*}" "$names"; then
      overrides+=("$it")
      shown+=("${it%%=*}=(given)")
    fi
  done
  for it in ${lookups[@]+"${lookups[@]}"}; do
    read -r kind parameter rest <<<"$it"
    if is_set "$parameter"; then continue; fi
    case $kind in
      color)
        # Again, right before the update: a deployment may have moved traffic since the first look.
        local before=$problems
        check_service "$rest"
        ((problems == before)) || die "$name was left alone."
        value=$(live_color)
        ;;
      image)
        use_service "$rest"
        value=$(running_image) || exit 1
        ;;
      secret) value=$(secret_arn "$rest") || exit 1 ;;
      *) value='' ;; # given: the stack keeps what it has
    esac
    if [[ -n $value ]]; then
      overrides+=("$parameter=$value")
      shown+=("$parameter=$value")
    fi
  done
}

set_policy() {
  if [[ $policy == yes ]]; then
    aws cloudformation set-stack-policy --region "$REGION" --stack-name "$name" --stack-policy-body "file://policies/$file.json"
  fi
}

deploy_stack() {
  use_stack "$1"
  collect_parameters
  local verb=create it
  if exists "$name"; then verb=update; fi
  say "$verb $name: $purpose"
  for it in ${shown[@]+"${shown[@]}"}; do say "    $it"; done
  if [[ $dry_run == yes ]]; then return; fi

  local call=(aws cloudformation deploy --region "$REGION" --stack-name "$name" --template-file "$template"
    --no-fail-on-empty-changeset)
  if (($(wc -c <"$template") > BODY_LIMIT)); then
    call+=(--s3-bucket "$TEMPLATE_BUCKET" --s3-prefix "$APPLICATION/$ENVIRONMENT")
  fi
  if ((${#overrides[@]})); then call+=(--parameter-overrides "${overrides[@]}"); fi
  if ((${#capabilities[@]})); then call+=(--capabilities "${capabilities[@]}"); fi
  if ((${#tags[@]})); then call+=(--tags "${tags[@]}"); fi

  local last=''
  if [[ $verb == update ]]; then
    set_policy
    last=$(ask "$NO_STACK" cloudformation describe-stack-events --no-paginate --stack-name "$name" \
      --query 'StackEvents[0].EventId') || exit 1
  fi
  if ! "${call[@]}"; then
    show_failures "$last"
    die "$name could not be deployed; the stacks after it were left alone." \
      "CloudFormation takes back what it began. RUNBOOK.md, \"A stack is stuck\", says what to do if it cannot."
  fi
  if [[ $verb == create ]]; then set_policy; fi
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
