# --- taking a step ------------------------------------------------------------------------------------------------------

# As many tasks for the second service as the first one has. Where scaling decides, not fewer until the first one goes: before the name
# moves, nobody asks the second one anything, and it would shrink.
catch_up() {
  local tries=60
  count_tasks
  use_service "$SECOND"
  if [[ -n $MOST ]] && ((tasks > MOST)); then tasks=$MOST; fi
  if [[ -n $LEAST ]]; then
    hold_tasks "$((tasks > LEAST ? tasks : LEAST))" "$MOST"
  fi
  if ((wanted < tasks)); then
    say "    $SECOND gets $tasks tasks, as $FIRST has."
    aws ecs update-service --region "$REGION" --cluster "$cluster" --service "$ecs_service" --desired-count "$tasks" >/dev/null
  fi
  aws ecs wait services-stable --region "$REGION" --cluster "$cluster" --services "$ecs_service"
  while ((tries > 0)); do
    count_tasks
    if ((healthy > 0 && healthy >= tasks && healthy >= wanted)); then return; fi
    tries=$((tries - 1))
    sleep 10
  done
}

# hold_tasks FEWEST MOST: between which scaling decides, for the service that is used.
hold_tasks() {
  aws application-autoscaling register-scalable-target --region "$REGION" --service-namespace ecs \
    --scalable-dimension ecs:service:DesiredCount --resource-id "service/$cluster/$ecs_service" --min-capacity "$1" --max-capacity "$2" >/dev/null
}

take() {
  case $1 in
    beside)
      local it
      use_service "$SECOND"
      # Where it runs the placeholder already, this is its first release: no running revision, so that it runs what its stack says.
      given+=("$revision_parameter=")
      if [[ -n $image_parameter ]]; then given+=("$image_parameter=$image"); fi
      say "    it begins with $image"
      for it in "${TARGETS[@]}"; do
        enter "$it"
        deploy_stack "${it#*/}"
      done
      if [[ $dry_run == no ]]; then
        catch_up
        tell_test
      fi
      ;;
    name)
      tell_name
      if [[ $dry_run == yes ]]; then return; fi
      die "the name is for you to move. When it leads to $SECOND, add --name-moved, to each run of this script."
      ;;
    quiet)
      if [[ $dry_run == yes ]]; then return; fi
      if ((old_requests > 0)); then
        die "$FIRST got $old_requests requests in the last $minutes minutes, $SECOND got $new_requests." \
          "Somebody still asks the old load balancer, $old_dns: a record that moved no name, a resolver that remembers, a caller" \
          "that has its address. Its access logs tell who. Wait until nobody does, and run ./$SCRIPT next --name-moved again."
      fi
      die "nobody asked $FIRST in the last $minutes minutes, and nobody asked $SECOND: whether the name has moved, nothing shows." \
        "Make a request by the name that people use, wait three minutes, and run ./$SCRIPT next --name-moved again."
      ;;
    away)
      if [[ $dry_run == no && -n $LEAST ]]; then
        # From here on the load decides again.
        use_service "$SECOND"
        hold_tasks "$LEAST" "$MOST"
      fi
      end_tasks "$FIRST"
      delete_stacks "$old_arn" "${OLD_STACKS[@]}"
      ;;
  esac
}

# How somebody looks at the second service before anybody else does.
tell_test() {
  local outputs key value
  say "$SECOND answers at $new_dns, which no name leads to yet. Look at it with a name that its certificate is for:"
  use_service "$SECOND"
  outputs=$(stack_outputs "$edge_stack") || exit 1
  while read -r key value; do
    if [[ $key == *Url ]]; then say "    curl --connect-to ::$new_dns: $value"; fi
  done <<<"$outputs"
}

tell_name() {
  say "    old: $old_dns (hosted zone $old_zone)"
  say "    new: $new_dns (hosted zone $new_zone)"
  say "    Let every record that leads to the old one lead to the new one: an alias or a CNAME. Make the time to live of a CNAME short some"
  say "    hours before. With weighted records the new one can get a part first. Both serve meanwhile; back is the record as it was."
}

# Ends the tasks of a service, which its stack would otherwise wait for one by one.
end_tasks() {
  local key keys=("$1") found
  use_service "$1"
  if [[ $engine == two_clusters ]]; then keys=("$1/blue" "$1/green"); fi
  if [[ $dry_run == yes ]]; then return; fi
  for key in "${keys[@]}"; do
    use_service "$key"
    found=$(ask '' application-autoscaling describe-scalable-targets --service-namespace ecs \
      --resource-ids "service/$cluster/$ecs_service" --query 'ScalableTargets[0].ResourceId') || exit 1
    if [[ -n $found ]]; then hold_tasks 0 0; fi
    found=$(ask 'ClusterNotFoundException|ServiceNotFoundException' ecs describe-services --cluster "$cluster" --services "$ecs_service" \
      --query "services[?status=='ACTIVE'] | [0].serviceName") || exit 1
    if [[ -n $found ]]; then
      aws ecs update-service --region "$REGION" --cluster "$cluster" --service "$ecs_service" --desired-count 0 >/dev/null
    fi
  done
}

# delete_stacks BALANCER STACK...: in this order, each with what protects it from deletion switched off. What is gone is passed over.
delete_stacks() {
  local balancer=$1 it status protected
  shift
  if [[ -n $balancer && $dry_run == no ]]; then
    aws elbv2 modify-load-balancer-attributes --region "$REGION" --load-balancer-arn "$balancer" \
      --attributes Key=deletion_protection.enabled,Value=false >/dev/null
  fi
  for it in "$@"; do
    status=$(stack_status "$it") || exit 1
    if [[ -z $status ]]; then continue; fi
    say "delete $it"
    if [[ $dry_run == yes ]]; then continue; fi
    protected=$(ask '' cloudformation describe-stacks --stack-name "$it" --query 'Stacks[0].EnableTerminationProtection') || exit 1
    if [[ $protected == True ]]; then
      aws cloudformation update-termination-protection --region "$REGION" --stack-name "$it" --no-enable-termination-protection >/dev/null
    fi
    if [[ $status != DELETE_IN_PROGRESS ]]; then aws cloudformation delete-stack --region "$REGION" --stack-name "$it"; fi
    if aws cloudformation wait stack-delete-complete --region "$REGION" --stack-name "$it"; then continue; fi
    die "$it could not be deleted. Mend what its events name, and run this script again: it goes on from there." \
      "aws cloudformation describe-stack-events --region $REGION --stack-name $it --query \"StackEvents[?ResourceStatus=='DELETE_FAILED'].[LogicalResourceId,ResourceStatusReason]\" --output text"
  done
}

# Takes away what outlives the stacks of the second service, so that they can be created again. A repository with images stays.
delete_rest() {
  local it
  read_rest
  for it in ${left[@]+"${left[@]}"}; do
    say "delete $it"
    case $it in
      'log group '*) aws logs delete-log-group --region "$REGION" --log-group-name "${it#log group }" ;;
      *)
        aws ecr delete-repository --region "$REGION" --repository-name "$REPOSITORY" >/dev/null 2>"$work/error" ||
          die "the repository $REPOSITORY stays:" "$(cat "$work/error")" "Delete it by hand where nobody needs its images."
        ;;
    esac
  done
}

go_back() {
  local it
  end_tasks "$SECOND"
  local reversed=()
  for it in "${NEW_STACKS[@]}"; do reversed=("$it" ${reversed[@]+"${reversed[@]}"}); done
  delete_stacks "$new_arn" "${reversed[@]}"
  if [[ $dry_run == no ]]; then
    new_own=''
    delete_rest
  fi
  for it in ${BACK[@]+"${BACK[@]}"}; do
    enter "$it"
    deploy_stack "${it#*/}"
  done
}
