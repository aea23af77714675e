# --- two clusters: this script moves the traffic ------------------------------------------------------------------------

# Where a release stands is read from AWS alone, so that this script may be interrupted anywhere and run again. The color of
# the newest version (NewColor of the load balancer's stack) has
#   all weights    done: nothing is under way; the other color is idle, or is kept
#   none           staged: only test traffic reaches it
#   some           shifting

two_clusters_options() {
  cat <<END

Of services with a cluster for each color, whose traffic this script moves; a shift that --timeout ends goes back:
    --stage          bring the image to life in the idle color and point test traffic at it; production stays where it is
    --shift          go on with what is staged, or with a shift that was interrupted
    --back           send production back to the other color, while that still runs
    --end            scale the color without production traffic to zero
    --keep           leave the old color running once production has moved, and do not watch it
END
}

# Sets place, new and old. Ends the script where traffic is nowhere it could have been left by a release.
look_where() {
  read_weights "$service"
  [[ -n $listener ]] || die "$edge_stack is not there yet, or lacks its outputs. Deploy the stacks first:" "./deploy.sh --dry-run"
  [[ -z $strangers ]] || die "the production listener of $service sends traffic to other groups as well:" "$strangers"
  [[ $((blue_weight + green_weight)) == 100 ]] ||
    die "the weights of $service are $blue_weight (blue) and $green_weight (green), which is not 100 together" "RUNBOOK.md, \"The sources disagree\"."
  new=$new_color old=$(other_color "$new_color")
  case $(weight_of "$new") in
    100) place="done" ;;
    0) place=staged ;;
    *) place=shifting ;;
  esac
}

two_clusters_interrupted() {
  warn "$SCRIPT: interrupted."
  two_clusters_tell_state
}

# Where things are, and how to go on. Says it when something ended the script before its end.
two_clusters_tell_state() {
  look_where
  warn "  $service: production traffic is at blue $blue_weight, green $green_weight; the newest version is on $new."
  local it
  for it in "$edge_stack" "$(stack_of "$new")" "$(stack_of "$old")"; do
    if [[ $(stack_status "$it") == *_IN_PROGRESS ]]; then warn "  $it is being updated, which goes on without this script."; fi
  done
  case $place in
    done) warn "    end what is left of $old:  ./$SCRIPT --end $service" "    or go back to it:  ./$SCRIPT --back $service" ;;
    staged) warn "    go on:  ./$SCRIPT --shift $service    or leave $old alone and end $new:  ./$SCRIPT --end $service" ;;
    shifting) warn "    go on:  ./$SCRIPT --shift $service    or go back:  ./$SCRIPT --back $service" ;;
  esac
}

stack_of() {
  use_service "$service/$1"
  printf '%s' "$service_stack"
}

# What the stack that is used has for a parameter.
parameter_of() {
  ask '' cloudformation describe-stacks --stack-name "$1" \
    --query "Stacks[0].Parameters[?ParameterKey=='$2'].ParameterValue | [0]"
}

# Whether no update is at work on the stack; waits for the end of one.
at_rest() {
  local status told_of=''
  while true; do
    status=$(stack_status "$1") || exit 1
    case $status in
      '' | REVIEW_IN_PROGRESS)
        problem "there is no stack $1 in $REGION. Deploy the stacks first:" "./deploy.sh --dry-run"
        return
        ;;
      CREATE_COMPLETE | UPDATE_COMPLETE | UPDATE_ROLLBACK_COMPLETE | IMPORT_COMPLETE | IMPORT_ROLLBACK_COMPLETE) return ;;
      UPDATE_*IN_PROGRESS)
        if [[ $dry_run == yes ]]; then
          problem "$1 is $status."
          return
        fi
        if [[ -z $told_of ]]; then say "$1 is being updated already; waiting for its end."; fi
        told_of=yes
        check_patience
        await sleep "$POLL"
        ;;
      *)
        problem "$1 is $status; what to do then, this tells:" "./deploy.sh --dry-run --stack $1"
        return
        ;;
    esac
  done
}

check_patience() {
  if [[ -z $timeout ]] || ((SECONDS < timeout)); then return; fi
  warn "$SCRIPT: gave up waiting."
  two_clusters_tell_state
  exit 1
}

# update_now STACK Name=Value...: whether the stack has these values now. Says what failed.
update_now() {
  local call last status
  name=$1
  shift
  update_call "$@"
  last=$(last_event) || exit 1
  if ! "${call[@]}" >/dev/null 2>"$work/error"; then
    if grep -q 'No updates are to be performed' "$work/error"; then return 0; fi
    warn "$name could not be updated:" "$(cat "$work/error")"
    return 1
  fi
  while true; do
    if await aws cloudformation wait stack-update-complete --region "$REGION" --stack-name "$name" 2>/dev/null; then return 0; fi
    # The wait has a limit of its own.
    status=$(stack_status "$name") || exit 1
    if [[ $status != UPDATE_IN_PROGRESS && $status != UPDATE_COMPLETE_CLEANUP_IN_PROGRESS ]]; then break; fi
  done
  while [[ $status == *_IN_PROGRESS ]]; do
    await sleep "$POLL"
    status=$(stack_status "$name") || exit 1
  done
  show_failures "$last"
  warn "$name is $status."
  return 1
}

# weigh NEW WEIGHT: moves the weights, and nothing else. Fails unless the listener then has them.
weigh() {
  local color=$1 weight=$2 now
  say "$(clock)  production: $weight% on $color, $((100 - weight))% on $(other_color "$color")"
  use_service "$service"
  if [[ $color == blue ]]; then
    update_now "$edge_stack" "BlueWeight=$weight" "GreenWeight=$((100 - weight))" "NewColor=$3" || return 1
  else
    update_now "$edge_stack" "BlueWeight=$((100 - weight))" "GreenWeight=$weight" "NewColor=$3" || return 1
  fi
  read_weights "$service"
  now=$(weight_of "$color")
  [[ $now == "$weight" ]] || {
    warn "the update is complete, and yet the listener has $now for $color."
    return 1
  }
}

# Whether a color runs what its stack describes, as many tasks as there should be and at least one, every one of them healthy.
# Sets definition, otherwise missing_yet.
color_runs() {
  local targets found running wanted of
  missing_yet='AWS cannot be asked'
  read_weights "$service" || return 1
  if [[ $1 == blue ]]; then targets=$blue; else targets=$green; fi
  use_service "$service/$1"
  read_definition || return 1
  found=$(ask 'ClusterNotFoundException|ServiceNotFoundException' ecs describe-services --cluster "$cluster" --services "$ecs_service" \
    --query "services[?status=='ACTIVE'] | [0].[taskDefinition,runningCount,desiredCount,length(deployments)]" 2>/dev/null) || return 1
  read -r of running wanted found <<<"$found"
  if [[ $2 == described && $of != "$definition" ]]; then
    missing_yet="$service_stack describes revision ${definition##*:}, and its service runs ${of:-nothing}"
    return 1
  fi
  definition=$of
  if [[ ! $wanted =~ ^[0-9]+$ || $wanted == 0 ]]; then
    missing_yet="$1 has no tasks"
    return 1
  fi
  if [[ $running != "$wanted" || $found != 1 ]]; then
    missing_yet="$running of $wanted tasks of $1 run"
    return 1
  fi
  all_healthy "$targets" "$wanted"
}

# Waits for that, for as long as targets may take that have just been registered.
wait_until_runs() {
  local tries=0
  while ! color_runs "$1" "$2"; do
    tries=$((tries + 1))
    if ((tries > 30)); then
      warn "$1 does not run as it should: $missing_yet"
      return 1
    fi
    check_patience
    await sleep "$POLL"
  done
  say "$(clock)  $1: $healthy_tasks tasks run revision ${definition##*:}, all healthy"
}

# Alarms that take a release back, of both colors, into alarm_names.
find_alarms() {
  local it found
  alarm_names=''
  if [[ $despite_alarms == yes ]]; then return; fi
  for it in blue green; do
    use_service "$service/$it"
    found=$(ask 'ClusterNotFoundException|ServiceNotFoundException' ecs describe-services --cluster "$cluster" --services "$ecs_service" \
      --query "services[?status=='ACTIVE'].deploymentConfiguration.alarms.alarmNames[]") || exit 1
    alarm_names="$alarm_names $found"
  done
  use_service "$service"
}

# Those of them that are red.
red_alarms() {
  if [[ -z ${alarm_names//[$' \t\n']/} ]]; then return; fi
  # shellcheck disable=SC2086 # one word each
  ask '' cloudwatch describe-alarms --alarm-names $alarm_names --alarm-types MetricAlarm CompositeAlarm \
    --query "[MetricAlarms, CompositeAlarms][] | [?StateValue=='ALARM'].AlarmName"
}

# watch SECONDS: lets them pass with a look at the alarms. Goes back on a red one.
watch() {
  local red left=$1 failures=0 pause
  if ((left)); then say "$(clock)  watching alarms for $((left / 60)) minutes"; fi
  while true; do
    if red=$(red_alarms 2>"$work/poll"); then
      failures=0
      if [[ -n $red ]]; then go_back "an alarm is red: ${red//[$'\t\n']/ }"; fi
    else
      failures=$((failures + 1))
      if ((failures == 6)); then go_back "the alarms cannot be read: $(cat "$work/poll")"; fi
    fi
    if ((left <= 0)); then return; fi
    if [[ $phase == keeping ]]; then check_patience; fi
    if [[ -n $timeout ]] && ((SECONDS >= timeout)); then go_back "the time given with --timeout is over"; fi
    pause=$((left < POLL ? left : POLL))
    await sleep "$pause"
    left=$((left - pause))
  done
}

# call_function WHAT: asks a function of the blueprint, where there is one, and goes by its answer.
call_function() {
  local it arn=''
  use_service "$service"
  for it in $functions; do
    if [[ ${it%%=*} == "$1" ]]; then arn=${it#*=}; fi
  done
  if [[ -n $arn ]]; then invoke "$1" "$arn" "{\"service\":\"$service\",\"event\":\"$1\",\"color\":\"$target\"}"; fi
}

invoke() {
  say "$(clock)  $1: asking ${2##*:}"
  # From a file as it is: the two versions of the AWS CLI read an argument differently.
  printf '%s' "$3" >"$work/question"
  if ! await aws lambda invoke --region "$REGION" --cli-read-timeout 910 --function-name "$2" \
    --payload "fileb://$work/question" "$work/answer" >/dev/null 2>"$work/error"; then
    warn "the function $2 could not be called:" "$(cat "$work/error")"
    return 1
  fi
  if grep -Eq '"hookStatus" *: *"SUCCEEDED"' "$work/answer"; then return 0; fi
  warn "the function $2 does not agree: $(head -c 500 "$work/answer")"
  return 1
}

# bluegreen's own function, where there are a test listener and a function.
run_checks() {
  local arn targets
  use_service "$service"
  arn=$(pick "${prefix}CheckFunctionArn" "$(stack_outputs "$service_stack")") || exit 1
  if [[ -z $arn ]]; then return 0; fi
  if [[ $target == blue ]]; then targets=$blue; else targets=$green; fi
  invoke checks "$arn" "{\"targetGroup\":\"$targets\",\"tasks\":$healthy_tasks}"
}

# Puts production back on the color of before, and ends the script.
go_back() {
  local back
  back=$(other_color "$target")
  warn "$SCRIPT: $1"
  warn "Going back to $back."
  phase=moving
  # The color of before has to be there still; nothing ends it before all of a release is over.
  if weigh "$back" 100 "$back"; then
    warn "    It is back: all production traffic of $service is on $back. $target runs on without traffic, for you to look at; end it:"
    warn "    ./$SCRIPT --end $service"
  else
    warn "    Going back failed."
    two_clusters_tell_state
  fi
  use_service "$service/$target"
  tell_stopped_tasks
  exit 1
}

# Brings the image to life in $target, and points test traffic at it.
stage() {
  local live=$1 running count changes
  phase=moving
  call_function before_install || die "nothing was changed."
  # At least as many as carry the traffic now.
  use_service "$service/$live"
  count=$(ask '' ecs describe-services --cluster "$cluster" --services "$ecs_service" --query 'services[0].[runningCount,desiredCount] | max(@)') || exit 1
  # None yet, before the first release: as few as scaling allows.
  use_service "$service"
  if ((${count:-0} < least)); then count=$least; fi
  use_service "$service/$target"
  changes=("$revision_parameter=" Idle=no "Tasks=${count:-0}")
  if [[ -n $image_parameter && -n $image ]]; then changes+=("$image_parameter=$image"); fi
  say "$(clock)  $target: $service_stack gets ${image:-what it describes}, ${count:-0} tasks"
  if ! update_now "$service_stack" "${changes[@]}"; then
    use_service "$service/$target"
    read_definition
    tell_stopped_tasks
    die "$target could not be updated, and CloudFormation took that back. Production traffic stayed on $live."
  fi
  if ! wait_until_runs "$target" described; then go_back "$target does not run"; fi
  if [[ -n $image ]]; then
    use_service "$service/$target"
    running=$(image_of "$definition") || exit 1
    [[ -z $image_parameter || $running == "$image" ]] || go_back "$target runs $running and not $image"
  fi
  call_function after_install || go_back "after_install does not agree"
  if [[ $(parameter_of "$edge_stack" NewColor) != "$target" || $new_color != "$target" ]]; then
    say "$(clock)  test traffic: $target"
    use_service "$service"
    update_now "$edge_stack" "NewColor=$target" || go_back "test traffic could not be moved"
  fi
  read_weights "$service"
  run_checks || go_back "the checks failed"
}

# Moves production traffic to $target in the steps of the blueprint, from wherever it is.
move() {
  local it weight seconds now
  call_function before_traffic || go_back "before_traffic does not agree"
  read_weights "$service"
  now=$(weight_of "$target")
  for it in $steps; do
    weight=${it%/*} seconds=${it#*/}
    if ((weight < now)); then continue; fi
    # A step that was waited for when this was interrupted is waited for again, in whole.
    if ((weight > now)); then weigh "$target" "$weight" "$target" || go_back "the weights could not be moved"; fi
    watch "$seconds"
  done
  if ! color_runs "$target" any; then go_back "$target does not run as it should: $missing_yet"; fi
  call_function after_traffic || go_back "after_traffic does not agree"
}

# Keeps the old color for as long as the blueprint says, and ends it unless it is to run on.
close() {
  local was
  phase=keeping
  was=$(other_color "$target")
  use_service "$service"
  if [[ $keep == yes ]]; then
    say "$was stays, until: ./$SCRIPT --end $service"
    return
  fi
  if ((keep_seconds)); then
    say "$(clock)  $was is kept for $keep_old; alarms are watched. Going back until then: interrupt this and ./$SCRIPT --back $service"
    watch "$keep_seconds"
  fi
  if [[ $old_stays == yes ]]; then
    say "$(clock)  $was runs on without traffic. Going back at any time: ./$SCRIPT --back $service"
    return
  fi
  end_color "$was"
}

# Scales a color without production traffic to zero. What it would run stays what it is.
end_color() {
  local weight running
  look_where
  weight=$(weight_of "$1")
  [[ $weight == 0 ]] || die "$1 has $weight% of production traffic; it stays."
  use_service "$service/$1"
  running=$(running_task_definition) || exit 1
  say "$(clock)  $1: scaled to zero"
  if ! update_now "$service_stack" Idle=yes Tasks=0 "$revision_parameter=$running"; then
    warn "$SCRIPT: $1 could not be scaled to zero; production traffic is on $(other_color "$1"), as it should be."
    exit 1
  fi
}

two_clusters_main() {
  local it live
  if [[ $no_wait == yes ]]; then die "--no-wait: this script is what moves the traffic of $service; leave it running"; fi
  for it in "$edge_stack" "$(stack_of blue)" "$(stack_of green)"; do at_rest "$it"; done
  if ((problems)); then die "nothing was changed."; fi
  look_where
  find_alarms
  case $action in
    back) target=$old ;;
    end) target=$new ;;
    shift)
      target=$new
      [[ $place != "done" ]] || die "nothing is under way for $service: all production traffic is on $new, the newest version"
      ;;
    *)
      if [[ $place == "done" ]]; then live=$new; else live=$old; fi
      target=$(other_color "$live")
      prepare "$live"
      if [[ $same == yes ]]; then return; fi
      ;;
  esac
  if [[ $action != back && $action != end ]]; then
    it=$(red_alarms) || exit 1
    if [[ -n $it ]]; then
      die "$service: an alarm is red (${it//[$'\t\n']/ }); nothing is released while it is." \
        "A fix that cannot wait goes without alarms, so watch it yourself:" "./$SCRIPT --despite-alarms ..."
    fi
  fi
  if [[ $dry_run == yes ]]; then
    say "${action:-release} $service: ${image:+$image }on $target; now at blue $blue_weight, green $green_weight, the newest version on $new"
    say "Nothing was changed."
    return
  fi
  confirm "${action:-release}"
  case $action in
    back) switch_back ;;
    end)
      if [[ $place == shifting ]]; then die "production traffic is on both colors; nothing is ended." "go on: ./$SCRIPT --shift $service, or back: ./$SCRIPT --back $service"; fi
      if [[ $place == staged ]]; then
        phase=moving
        use_service "$service"
        update_now "$edge_stack" "NewColor=$old" || die "test traffic could not be moved back to $old"
        end_color "$new"
      else
        end_color "$old"
      fi
      ;;
    shift)
      phase=moving
      if ! wait_until_runs "$target" any; then go_back "$target does not run"; fi
      # What staged it may have been interrupted before this.
      if [[ $place == staged ]]; then run_checks || go_back "the checks failed"; fi
      move_and_close
      ;;
    *)
      if [[ $place != shifting ]]; then stage "$live"; fi
      if [[ $action == stage ]]; then
        say "$service: $target is staged; production traffic is still on $live. Go on, or end it:"
        say "    ./$SCRIPT --shift $service"
        say "    ./$SCRIPT --end $service"
        return
      fi
      move_and_close
      ;;
  esac
}

move_and_close() {
  phase=moving
  move
  use_service "$service/$target"
  image=$(image_of "$definition") || exit 1
  say "$service runs $image (revision ${definition##*:} of $target); tasks: $healthy_tasks, all healthy."
  close
}

# Settles which image is released, and notes what is in the way. Sets same where there is nothing to do.
prepare() {
  local live=$1 running now rest
  same=no
  use_service "$service/$live"
  now=$(running_image) || exit 1
  use_service "$service/$target"
  read_definition
  [[ -n $definition ]] || die "$service_stack lacks the output ${prefix}TaskDefinitionArn. Deploy it first:" "./deploy.sh --stack $service_stack"
  if [[ $described == yes ]]; then
    image=$now
    if [[ -z $image && -n $image_parameter ]]; then die "$service runs a placeholder; which image?" "./$SCRIPT --help"; fi
  elif check_parameter; then
    resolve_image
  fi
  if ((problems)); then die "nothing was changed."; fi
  if [[ $place == shifting ]]; then
    running=$(running_image) || exit 1
    if [[ $running != "$image" ]]; then
      die "production traffic of $service is on both colors: ${running:-a placeholder} is being released to $target." \
        "go on:    ./$SCRIPT --shift $service" "go back:  ./$SCRIPT --back $service"
    fi
    say "$service: the shift to $target goes on."
    return
  fi
  if [[ $place == staged || $now != "$image" ]]; then return; fi
  use_service "$service/$live"
  running=$(running_task_definition) || exit 1
  read_definition
  if ! same_settings "$running" "$definition"; then return; fi
  same=yes
  say "$service runs $image already ($live), with all that its stack describes."
  rest=$(tasks_of "$target")
  if [[ $rest != 0 && $dry_run == no ]]; then
    # Interrupted when all but the end of the old color was done, or kept by choice.
    use_service "$service"
    if [[ $keep == yes || $old_stays == yes ]]; then return; fi
    target=$live
    close
  fi
}

# Sends production to the other color, which has to run.
switch_back() {
  local has had
  phase=moving
  if [[ $place != staged ]] && ! color_runs "$old" any; then
    die "$old cannot take the traffic: $missing_yet." "Release the image of before:" "./$SCRIPT $service <image>"
  fi
  has=$(tasks_of "$old") || exit 1
  had=$(tasks_of "$new") || exit 1
  if ((has < had)); then say "$old has $has tasks and $new $had: scaling adds what the traffic needs."; fi
  weigh "$old" 100 "$old" || {
    two_clusters_tell_state
    exit 1
  }
  say "$service: all production traffic is on $old. $new runs on without it, until: ./$SCRIPT --end $service"
}
