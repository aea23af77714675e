# --- deploying one stack ------------------------------------------------------------------------------------------------

# What only services have whose colors are apart.
blue_weight='' green_weight='' new_color=''

# Sets overrides (Name=value for CloudFormation), shown (the same for people, without what a person gave) and colors
# (parameter, color and service of what follows the live traffic).
collect_parameters() {
  overrides=() shown=() colors=()
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
        check_first "$rest"
        value=$(live_color)
        colors+=("$parameter $value $rest")
        ;;
      blue-weight | green-weight | new-color)
        check_first "$rest"
        case $kind in
          blue-weight) value=$blue_weight ;;
          green-weight) value=$green_weight ;;
          *) value=$new_color ;;
        esac
        if [[ -n $value ]]; then colors+=("$parameter $value $rest"); fi
        ;;
      image)
        use_service "$rest"
        value=$(running_image) || exit 1
        ;;
      revision)
        # The one that runs, so that this update starts no rollout. Nothing before there is a service: its stack's own.
        check_first "$rest"
        use_service "$rest"
        value=$(running_task_definition) || exit 1
        ;;
      port)
        use_service "$rest"
        value=$(running_task_definition) || exit 1
        value=$(names_port "$value") || exit 1
        ;;
      released)
        use_service "$rest"
        value=$(running_image) || exit 1
        if [[ -n $value ]]; then value=yes; else value=no; fi
        ;;
      secret) value=$(secret_arn "$rest") || exit 1 ;;
      export*) value=$(exported "$kind" "$parameter" "$rest") || exit 1 ;;
      *) value='' ;; # given, idle: the stack keeps what it has
    esac
    if [[ -n $value ]]; then
      overrides+=("$parameter=$value")
      shown+=("$parameter=$value")
    fi
  done
}

# Whether a service may be touched at this very moment; else the end.
check_first() {
  local before=$problems
  check_service "$1"
  ((problems == before)) || die "$name was left alone."
}

set_policy() {
  if [[ $policy == yes ]]; then
    aws cloudformation set-stack-policy --region "$REGION" --stack-name "$name" --stack-policy-body "file://policies/$file.json"
  fi
}

# Since the stack last changed, CodeDeploy may have moved traffic to the other color. CloudFormation does not know that: a
# later update that fails makes it put back every listener it changed, weights included, as the stack last described
# them, which is where no task runs any more. So what is true becomes what the stack describes in an update of its own,
# one that has nothing in it that could fail: the template the stack has, every other value as it is. The listeners are
# set to what they already are, and going back from whatever comes after it ends here.
#
# Should even this one fail, --disable-rollback keeps CloudFormation from putting back the listeners it got to. The one
# that failed it may put back, hence the look at the traffic afterwards.

# Sets stale, the parameters whose recorded color is not the live one, and says so.
compare_colors() {
  stale=() unfinished=no
  local it parameter color of recorded
  for it in ${colors[@]+"${colors[@]}"}; do
    read -r parameter color of <<<"$it"
    recorded=$(ask '' cloudformation describe-stacks --stack-name "$name" \
      --query "Stacks[0].Parameters[?ParameterKey=='$parameter'].ParameterValue | [0]") || exit 1
    if [[ -n $recorded && $recorded != "$color" ]]; then
      stale+=("$parameter=$color")
      if [[ $parameter == *LiveColor ]]; then
        say "sync $name: $of is live on $color, the stack still says $parameter=$recorded."
      else
        say "sync $name: $parameter of $of is $color, the stack still says $recorded."
      fi
    fi
  done
  # A stack whose update stopped half-way already shows the values it did not get to.
  if ((${#colors[@]})) && [[ $(pick "$name" "$statuses") == UPDATE_FAILED ]]; then
    unfinished=yes
    say "sync $name: its last update was left unfinished; this finishes it."
  fi
  [[ ${#stale[@]} -gt 0 || $unfinished == yes ]]
}

sync_colors() {
  say "    Only that changes first, to what is true already. Should the update after it fail, CloudFormation puts the"
  say "    listeners back to this, and not to the color they had when the stack last changed."
  if [[ $dry_run == yes ]]; then return; fi
  local it parameter color found call live_colors=()
  for it in "${colors[@]}"; do
    read -r found color _ <<<"$it"
    live_colors+=("$found=$color")
  done
  update_call "${live_colors[@]}"
  call+=(--disable-rollback)
  local last
  last=$(last_event) || exit 1
  if ! "${call[@]}" >/dev/null 2>"$work/error"; then
    # No listener of the template the stack has follows the color, so none can be put back by it either.
    if grep -q 'No updates are to be performed' "$work/error"; then return; fi
    die "$name could not be updated; nothing was changed:" "$(cat "$work/error")"
  fi
  if aws cloudformation wait stack-update-complete --region "$REGION" --stack-name "$name"; then return; fi
  show_failures "$last"
  for it in "${colors[@]}"; do
    read -r parameter color found <<<"$it"
    use_service "$found"
    "${engine}_tell_moved" "$color" "$parameter"
  done
  die "the sync of $name failed; nothing else was changed." \
    "Mend what failed and run this script again: it begins with the same step. Neither cancel-update-stack nor" \
    "rollback-stack: both put the listeners back to that color. RUNBOOK.md, \"The sync update failed\"."
}

# Whether production traffic of the service that is used is on a color as before an update that failed, and how to send it
# back if it is not.
tell_moved() {
  local color=$1 back other
  read_traffic "$service"
  if [[ $color == green ]]; then back=$green other=$blue; else back=$blue other=$green; fi
  if [[ $live == "$back" ]]; then
    warn "  $service: production traffic is still on $color."
    return
  fi
  warn "  x $service: production traffic is no longer on $color, where its tasks are. Send it back NOW:"
  local what="modify-listener --region $REGION --listener-arn $listener --default-actions"
  if [[ -n $rule ]]; then what="modify-rule --region $REGION --rule-arn $rule --actions"; fi
  warn "      aws elbv2 $what 'Type=forward,ForwardConfig={TargetGroups=[{TargetGroupArn=$back,Weight=100},{TargetGroupArn=$other,Weight=0}]}'"
}

deploy_stack() {
  use_stack "$1"
  collect_parameters
  local verb=create it
  if exists "$name" && compare_colors; then
    sync_colors
    if [[ $dry_run == no ]]; then
      # It took a while: traffic is looked at again, and has to be where the sync found it.
      local synced="${colors[*]}"
      collect_parameters
      [[ ${colors[*]} == "$synced" ]] || die "traffic of $name moved meanwhile; run this script again."
    fi
  fi
  if exists "$name"; then verb=update; fi
  say "$verb $name: $purpose"
  for it in ${shown[@]+"${shown[@]}"}; do say "    $it"; done
  if [[ $dry_run == yes ]]; then return; fi

  if [[ -n ${released:-} && $verb == update ]]; then hold_release; fi
  local call=(aws cloudformation deploy --region "$REGION" --stack-name "$name" --template-file "$template"
    --no-fail-on-empty-changeset)
  if (($(wc -c <"$template") > BODY_LIMIT)); then
    call+=(--s3-bucket "$TEMPLATE_BUCKET" --s3-prefix "$APPLICATION/$ENVIRONMENT")
  fi
  if ((${#overrides[@]})); then call+=(--parameter-overrides "${overrides[@]}"); fi
  if ((${#capabilities[@]})); then call+=(--capabilities "${capabilities[@]}"); fi
  if ((${#tags[@]})); then call+=(--tags "${tags[@]}"); fi
  if [[ -n ${released:-} && $verb == update ]]; then call=(send_held "${call[@]}"); fi

  local last=''
  if [[ $verb == update ]]; then
    set_policy
    last=$(last_event) || exit 1
  fi
  if ! "${call[@]}"; then
    show_failures "$last"
    die "$name could not be deployed; the stacks after it were left alone." \
      "CloudFormation takes back what it began. RUNBOOK.md, \"A stack is stuck\", says what to do if it cannot."
  fi
  if [[ $verb == create ]]; then set_policy; fi
}
