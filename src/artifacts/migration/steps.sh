# --- taking a step ------------------------------------------------------------------------------------------------------

# Updates stacks, FOLDER/STACK each, the way deploy.sh does.
update_stacks() {
  local it
  for it in "$@"; do
    enter "$it"
    deploy_stack "${it#*/}"
  done
}

# The update of the service alone. It must not be taken back by CloudFormation: that would ask ECS for CODE_DEPLOY as the
# controller, which it does not take. So a failure leaves the stack as it is, and the step is taken again.
change_controller() {
  enter "$1"
  use_stack "${1#*/}"
  collect_parameters
  say "update $name: $purpose"
  local it last
  for it in ${shown[@]+"${shown[@]}"}; do say "    $it"; done
  if [[ $dry_run == yes ]]; then return; fi
  local call=(aws cloudformation deploy --region "$REGION" --stack-name "$name" --template-file "$template"
    --no-fail-on-empty-changeset --disable-rollback)
  if (($(wc -c <"$template") > BODY_LIMIT)); then
    call+=(--s3-bucket "$TEMPLATE_BUCKET" --s3-prefix "$APPLICATION/$ENVIRONMENT")
  fi
  if ((${#overrides[@]})); then call+=(--parameter-overrides "${overrides[@]}"); fi
  if ((${#capabilities[@]})); then call+=(--capabilities "${capabilities[@]}"); fi
  if ((${#tags[@]})); then call+=(--tags "${tags[@]}"); fi
  set_policy
  last=$(last_event) || exit 1
  if "${call[@]}"; then return; fi
  show_failures "$last"
  die "the controller of $service could not be changed; the stack is left as it is." \
    "Mend what failed and run ./$SCRIPT next again: it goes on from there. Do NOT roll the stack back, neither with" \
    "rollback-stack nor with continue-update-rollback: that asks ECS for CODE_DEPLOY, which it does not take any more" \
    "once it is the controller. Production traffic stays where it is meanwhile."
}

take() {
  case $1 in
    hold)
      if [[ $PIPELINE_HOME != "$ENVIRONMENT" ]]; then
        die "$PIPELINE lives in $PIPELINE_HOME. Hold it there, with the credentials and the region of $PIPELINE_HOME:" \
          "aws codepipeline disable-stage-transition --pipeline-name $PIPELINE --stage-name $ENVIRONMENT --transition-type Inbound --reason 'migration to ECS'" \
          "then add --pipeline-held, to each run of this script."
      fi
      if [[ $dry_run == no ]]; then
        aws codepipeline disable-stage-transition --region "$REGION" --pipeline-name "$PIPELINE" --stage-name "$ENVIRONMENT" \
          --transition-type Inbound --reason "migration of $SERVICE to ECS"
      fi
      ;;
    controller) change_controller "${targets[0]}" ;;
    pipeline)
      if [[ $PIPELINE_HOME != "$ENVIRONMENT" ]]; then
        die "$PIPELINE lives in $PIPELINE_HOME. Write \`engine: ecs\` for $ENVIRONMENT, render and deploy $PIPELINE_HOME, then let it go on:" \
          "aws codepipeline enable-stage-transition --pipeline-name $PIPELINE --stage-name $ENVIRONMENT --transition-type Inbound" \
          "Nothing else is left to do here."
      fi
      update_stacks "${targets[@]}"
      if [[ $dry_run == no ]]; then release_pipeline; fi
      ;;
    *) update_stacks "${targets[@]}" ;;
  esac
}

release_pipeline() {
  aws codepipeline enable-stage-transition --region "$REGION" --pipeline-name "$PIPELINE" --stage-name "$ENVIRONMENT" --transition-type Inbound
}

go_back() {
  case $1 in
    hold) if [[ $dry_run == no ]]; then release_pipeline; fi ;;
    pipeline)
      # Its stack stays: without CodeDeploy's group the other one could not release anything.
      if [[ $dry_run == no ]]; then
        aws codepipeline disable-stage-transition --region "$REGION" --pipeline-name "$PIPELINE" --stage-name "$ENVIRONMENT" \
          --transition-type Inbound --reason "migration of $SERVICE to ECS"
      fi
      ;;
    *) update_stacks "${back[@]}" ;;
  esac
}

# Where production traffic goes, in a word that a step must not change.
traffic() {
  read_traffic "$SERVICE"
  printf '%s' "$live"
}

# After a step: production is where it was, and where its tasks are.
verify() {
  local was=$1 arn
  read_traffic "$SERVICE"
  if [[ $live == "$was" && (-z $primary || $primary == "$live") ]]; then return; fi
  warn "$SCRIPT: production traffic of $service is not where it was before this step:"
  for arn in $was; do warn "    it was on    $(group_name "$arn")"; done
  for arn in $live; do warn "    it is on     $(group_name "$arn")"; done
  warn "    ECS runs the live tasks in $(group_name "$primary")"
  die "look which group has healthy targets, and make them agree: RUNBOOK.md, \"The sources disagree\"."
}
