# --- CodeDeploy: what is told at the end ----------------------------------------------------------------------------------

# Every engine has ENGINE_report, which says of the service that is used whether its blueprint describes something newer than
# what runs, and how to release it.

codedeploy_report() {
  # It can release what the stack describes with the image that its source has.
  if [[ -n $pipeline ]]; then
    report_revision "$service" "    aws codepipeline start-pipeline-execution --region $REGION --name $pipeline" \
      "  or, without a new build:"
  else
    report_revision "$service"
  fi
}
