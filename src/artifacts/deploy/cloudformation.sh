# --- stacks whose template says what runs ------------------------------------------------------------------------------

# exported KIND PARAMETER "ITEM EXPORT": what a stack exports, or an item of it, counted from 1, where it is a list. Nothing
# where the stack that is used keeps the value it was created with, because what only a release may change rests on it.
exported() {
  local item origin value kept=''
  if [[ $1 == export-once ]] && exists "$name"; then
    kept=$(ask '' cloudformation describe-stacks --stack-name "$name" \
      --query "Stacks[0].Parameters[?ParameterKey=='$2'].ParameterKey | [0]") || exit 1
    if [[ -n $kept ]]; then return; fi
  fi
  read -r item origin <<<"$3"
  value=$(ask '' cloudformation list-exports --query "Exports[?Name=='$origin'].Value | [0]") || exit 1
  if [[ -z $value && $dry_run == no ]]; then
    die "nothing is exported as $origin, which $2 of $name is read from; deploy the stack that exports it first."
  fi
  if [[ $item == - ]]; then printf '%s' "$value"; else cut -d, -f"$item" <<<"$value"; fi
}

# Sets template to the one that is sent. Where the end of a template is what runs (task definition and task set), a change of it is
# a release, and CloudFormation refuses it together with anything else: it is sent as the stack has it.
hold_release() {
  local was=$work/$file.was held=$work/$file.held
  own_template "$was"
  sed "/^$released\$/,\$d" "$template" >"$held"
  sed -n "/^$answered\$/,\$p" "$was" >>"$held"
  template=$held
}

# Whether the blueprint describes tasks otherwise than the stack's template, which only a release changes.
cloudformation_report() {
  local running own
  if ! exists "$service_stack"; then note_stack "$service_stack"; fi
  running=$(running_image) || exit 1
  if [[ -z $running ]] || ! exists "$service_stack"; then return; fi
  use_stack "$service_stack"
  use_part "$service"
  own_template "$work/own"
  # JSON is answered with other blanks than it was sent with.
  own=$(sed -n "/^$answered\$/,\$p" "$work/own" | tr -d ' \n}')
  if [[ $own != "$(released_part "$running" | tr -d ' \n}')" ]]; then
    say "$service: its blueprint describes tasks otherwise than they run. Release it:"
    say "    ./release.sh --described $service"
  fi
}

# send_held COMMAND...: does what "aws cloudformation deploy" does, and looks at the change set before it runs. No update but a release
# may touch what runs or where traffic goes: that the transform leaves both alone is documented nowhere.
send_held() {
  local said change_set touched
  said=$("$@" --no-execute-changeset) || return 1
  change_set=$(grep -o 'arn:[^ ]*:changeSet/[^ ]*' <<<"$said" | head -n 1) || true
  if [[ -z $change_set ]]; then
    say "$said"
    return
  fi
  touched=$(ask '' cloudformation describe-change-set --change-set-name "$change_set" --query "Changes[?
    contains(['AWS::ECS::TaskSet','AWS::ECS::PrimaryTaskSet'], ResourceChange.ResourceType)
    || contains(['TaskDefinition','TaskDefinitionGreen'], ResourceChange.LogicalResourceId)
    || ResourceChange.ResourceType=='AWS::ElasticLoadBalancingV2::Listener' && ResourceChange.Details[?Target.Name=='DefaultActions']
    ].ResourceChange.[Action,LogicalResourceId]") || exit 1
  if [[ -n $touched ]]; then
    aws cloudformation delete-change-set --region "$REGION" --change-set-name "$change_set"
    die "CloudFormation would change what runs in $name, or where its traffic goes; it was left alone:" "$touched"
  fi
  aws cloudformation execute-change-set --region "$REGION" --change-set-name "$change_set" || return 1
  aws cloudformation wait stack-update-complete --region "$REGION" --stack-name "$name"
}
