# --- what a step rests on -----------------------------------------------------------------------------------------------

# Sets image, what the first service runs; empty where that is still the placeholder.
read_image() {
  use_running
  image=$(running_image) || exit 1
}

# Notes whatever is in the way of a step.
check_step() {
  local it
  for it in "${OLD_STACKS[@]}" "${NEW_STACKS[@]}"; do note_stack "$it"; done
  for it in "${SERVICES[@]}"; do
    # One that is not there yet, or no more, has nothing that could move.
    if [[ $it == "$FIRST" && -z $old_arn ]] || [[ $it == "$SECOND" && -z $new_arn ]]; then continue; fi
    check_service "$it"
  done
  case $1 in
    beside)
      if ((${#left[@]})); then
        problem "$SECOND: there is something of that name already, which its stacks could not create:" "${left[@]}" \
          "Left by a way back: ./$SCRIPT back takes it away. Something else: render with another name, --as."
      fi
      check_image
      inherit
      for it in "${TARGETS[@]}"; do
        enter "$it"
        check_stack "${it#*/}"
        check_lookups "${it#*/}"
      done
      if ((${#missing[@]})); then warn "  give what is missing: ./$SCRIPT next ${missing[*]}"; fi
      ;;
    name)
      check_same_image
      check_tasks
      ;;
    *) if [[ -n $old_arn ]]; then check_tasks; fi ;;
  esac
}

# The second service begins with what the first one runs, and with nothing else.
check_image() {
  read_image
  if [[ -z $image ]]; then
    problem "$FIRST: it still runs the placeholder. Release an image first."
  elif [[ -n $FIXED_IMAGE && $image != "$FIXED_IMAGE" ]]; then
    problem "$FIRST: it runs $image, and the blueprint says $FIXED_IMAGE. Release that first; $SECOND would come with it."
  fi
}

# The name must not lead to another version. What is released to both is in two repositories, under one digest or tag.
check_same_image() {
  read_image
  if [[ ${image##*[@:]} == "${new_image##*[@:]}" ]]; then return; fi
  problem "$FIRST runs $image, and $SECOND runs $new_image. Release the same to both, with the release.sh of the blueprint that has both."
}

# What only a person knows, the stacks of the first service were told before.
inherit() {
  local it stack lookup kind parameter value
  for it in "${TARGETS[@]}"; do
    enter "$it"
    use_stack "${it#*/}"
    for lookup in ${lookups[@]+"${lookups[@]}"}; do
      read -r kind parameter _ <<<"$lookup"
      if [[ $kind != given ]] || is_set "$parameter"; then continue; fi
      for stack in "${OLD_STACKS[@]}"; do
        value=$(ask "$NO_STACK" cloudformation describe-stacks --stack-name "$stack" \
          --query "Stacks[0].Parameters[?ParameterKey=='$parameter'].ParameterValue | [0]") || exit 1
        if [[ -n $value ]]; then
          given+=("$parameter=$value")
          break
        fi
      done
    done
  done
}

# Sets tasks (how many the first service has), wanted and healthy (of the second).
count_tasks() {
  local group states state
  use_running
  tasks=$(wanted_tasks) || exit 1
  read_traffic "$SECOND"
  wanted=$(wanted_tasks) || exit 1
  healthy=0
  for group in $live; do
    states=$(ask '' elbv2 describe-target-health --target-group-arn "$group" --query 'TargetHealthDescriptions[].TargetHealth.State') || exit 1
    for state in $states; do
      if [[ $state == healthy ]]; then healthy=$((healthy + 1)); fi
    done
  done
}

# Whether the second service can take what the first one takes.
check_tasks() {
  count_tasks
  if ((healthy > 0 && healthy >= tasks && healthy >= wanted)); then return; fi
  problem "$SECOND: $healthy of its tasks are healthy targets of its load balancer; it is to have $wanted, and $FIRST has $tasks." \
    "Have it get as many, and wait for them:" "./$SCRIPT next --tasks"
}
