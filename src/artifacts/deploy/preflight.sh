# --- what must be true before anything is touched -----------------------------------------------------------------------

readonly BODY_LIMIT=51200 # bytes of a template without a bucket

# Whether a CloudFormation operation can start now, and whether the template can be sent.
check_stack() {
  use_stack "$1"
  [[ -f $template ]] || die "$template is missing; render again"
  local status at="--region $REGION --stack-name $name"
  status=$(stack_status "$name") || exit 1
  case $status in
    '' | REVIEW_IN_PROGRESS) status='' ;; # nothing, or only a change set nobody executed
    CREATE_FAILED | ROLLBACK_COMPLETE | ROLLBACK_FAILED)
      problem "$name: its creation failed ($status); CloudFormation can only delete it." \
        "why:    aws cloudformation describe-stack-events $at --query \"StackEvents[?ResourceStatus=='CREATE_FAILED'].[LogicalResourceId,ResourceStatusReason]\"" \
        "delete: aws cloudformation delete-stack $at && aws cloudformation wait stack-delete-complete $at" \
        "then run this script again."
      ;;
    UPDATE_ROLLBACK_FAILED) check_going_back ;;
    UPDATE_FAILED)
      # Where listeners follow a color, going back could put them back to one that is not live any more: such a stack is
      # brought to its end instead, by sync_colors.
      if [[ " ${lookups[*]-}" != *' color '* && " ${lookups[*]-}" != *' blue-weight '* ]]; then
        problem "$name: its last update failed and was left as it is ($status). Take it back:" \
          "aws cloudformation rollback-stack $at && aws cloudformation wait stack-rollback-complete $at"
      fi
      ;;
    DELETE_FAILED)
      problem "$name: deleting it failed ($status). Finish that first; RUNBOOK.md says in which order." \
        "aws cloudformation delete-stack $at && aws cloudformation wait stack-delete-complete $at"
      ;;
    *_IN_PROGRESS)
      problem "$name: another operation is at work on it ($status). Wait for its end:" \
        "aws cloudformation describe-stacks $at --query 'Stacks[0].StackStatus'"
      ;;
    *_FAILED)
      problem "$name: it is $status. Mend what its events name first:" \
        "aws cloudformation describe-stack-events $at"
      ;;
  esac
  if [[ -n $status ]]; then statuses+="$name $status"$'\n'; fi
  local size
  size=$(($(wc -c <"$template")))
  if ((size > BODY_LIMIT)) && [[ -z ${TEMPLATE_BUCKET:-} ]]; then
    problem "$name: $template has $size bytes; above $BODY_LIMIT, CloudFormation reads it from a bucket only." \
      "TEMPLATE_BUCKET=<a bucket in $REGION> ./deploy.sh"
  fi
}

# How a stack whose rollback failed gets on. Its listeners go back to the color it had before the update; where production
# traffic has moved since, no task may run there any more. After use_stack.
check_going_back() {
  local lookup kind parameter of recorded color running on='' at="--region $REGION --stack-name $name"
  for lookup in ${lookups[@]+"${lookups[@]}"}; do
    read -r kind parameter of <<<"$lookup"
    if [[ $kind != color ]]; then continue; fi
    recorded=$(ask '' cloudformation describe-stacks --stack-name "$name" \
      --query "Stacks[0].Parameters[?ParameterKey=='$parameter'].ParameterValue | [0]") || exit 1
    read_traffic "$of"
    color=$(live_color)
    on="$on $of on $color,"
    if [[ -z $recorded || $recorded == "$color" ]]; then continue; fi
    running=$(running_task_definition) || exit 1
    problem "$name: its last update failed, and so did going back (UPDATE_ROLLBACK_FAILED). Do NOT go on with that yet: it would send production traffic of $of to $recorded, and its tasks are on $color." \
      "Release once more what runs; the new tasks come up on $recorded:" \
      "$("${engine}_again" "$running")" \
      "When it has succeeded, and before any other release, mend what the events name and run this script again."
    return
  done
  problem "$name: its last update failed, and so did going back (UPDATE_ROLLBACK_FAILED). Mend what the events name, then:" \
    "aws cloudformation continue-update-rollback $at && aws cloudformation wait stack-rollback-complete $at"
  if [[ -n $on ]]; then
    warn "      It leaves production traffic where it is,${on%,}, as long as no release runs meanwhile."
  fi
}

missing=() # Name=... of values only a person knows

# Whether secrets exist, and every value that nobody but a person knows is there.
check_lookups() {
  use_stack "$1"
  local lookup kind parameter rest kept arn
  for lookup in ${lookups[@]+"${lookups[@]}"}; do
    read -r kind parameter rest <<<"$lookup"
    if is_set "$parameter"; then continue; fi
    case $kind in
      secret)
        arn=$(secret_arn "$rest") || exit 1
        if [[ -z $arn ]]; then
          problem "$name: there is no secret $rest in $REGION. Create it, its value in a file that you delete afterwards:" \
            "aws secretsmanager create-secret --region $REGION --name $(printf '%q' "$rest") --secret-string file://<file>"
        fi
        ;;
      given)
        kept=''
        if exists "$name"; then
          kept=$(ask '' cloudformation describe-stacks --stack-name "$name" \
            --query "Stacks[0].Parameters[?ParameterKey=='$parameter'].ParameterKey | [0]") || exit 1
        fi
        if [[ -z $kept ]]; then
          problem "$name: $parameter is needed once: $rest"
          missing+=("$parameter=...")
        fi
        ;;
    esac
  done
}

secret_arn() {
  ask 'ResourceNotFoundException' secretsmanager describe-secret --secret-id "$1" --query ARN
}
