# --- CloudFormation's hook: what it is doing ----------------------------------------------------------------------------

# For the service that is used, beside what every engine says (its traffic, its ids):
#   cloudformation_outputs STACK   what other engines have for outputs, which such a stack may not have
#   cloudformation_rollouts        the stack, while an update of it is under way
#   cloudformation_stop ID         the command that stops the update and goes back
#   cloudformation_primary         the target group of the tasks that have the traffic
#   cloudformation_again           the command that releases once more what runs

cloudformation_check() { check_versions; }
cloudformation_tell_moved() { tell_moved "$1"; }
cloudformation_rollout_like() { printf 'arn:aws*:cloudformation:*:stack/*'; }

# A line "logical-id physical-id" for every resource that is there; nothing when the stack does not exist.
resources_of() {
  ask "$NO_STACK" cloudformation list-stack-resources --stack-name "$1" \
    --query "StackResourceSummaries[?ResourceStatus!='DELETE_COMPLETE' && PhysicalResourceId].[LogicalResourceId,PhysicalResourceId]"
}

cloudformation_outputs() {
  local known id arn
  known=$(resources_of "$1") || exit 1
  while read -r id arn; do
    case $id in
      ProductionListener | BlueTargetGroup | GreenTargetGroup) say "$prefix${id}Arn $arn" ;;
    esac
  done <<<"$known"
}

cloudformation_rollouts() {
  ask "$NO_STACK" cloudformation describe-stacks --stack-name "$service_stack" \
    --query "Stacks[?StackStatus=='UPDATE_IN_PROGRESS' || StackStatus=='UPDATE_ROLLBACK_IN_PROGRESS'].StackId | [0]"
}

cloudformation_stop() {
  printf 'aws cloudformation cancel-update-stack --region %s --stack-name %s' "$REGION" "$service_stack"
}

cloudformation_primary() {
  ask 'ClusterNotFoundException|ServiceNotFoundException' ecs describe-services --cluster "$cluster" --services "$ecs_service" \
    --query "services[?status=='ACTIVE'].taskSets[] | [?status=='PRIMARY'].loadBalancers[].targetGroupArn"
}

cloudformation_again() {
  printf './release.sh --described %s' "$service"
}

# own_template FILE: writes the template of the stack that is used, as it was sent. Where it ends with what runs, stands in
# answered.
own_template() {
  local form=text
  if [[ $template == *.json ]]; then form=json; fi
  aws cloudformation get-template --region "$REGION" --stack-name "$name" --template-stage Original \
    --query TemplateBody --output "$form" >"$1" 2>"$work/error" ||
    die "the template of $name could not be read; it was left alone." "$(cat "$work/error")"
  grep -qxF "$answered" "$1" ||
    die "the template of $name has no line \"$answered\"; it was not deployed by bluegreen, and was left alone."
}

# released_part IMAGE: what a release of the image puts at the template's end. After use_part. The main container is the first.
released_part() {
  local pattern='Image: .*' line="Image: \"$1\""
  if [[ $fixes_image == yes ]]; then
    sed -n "/^$released\$/,\$p" "$part"
    return
  fi
  if [[ $ending == json ]]; then pattern='"Image": .*' line="\"Image\": \"$1\","; fi
  sed -n "/^$released\$/,\$p" "$part" |
    awk -v pattern="$pattern" -v line="$line" '!done && sub(pattern, line) { done = 1 } 1'
}
