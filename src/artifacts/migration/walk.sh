# --- walking through the steps ------------------------------------------------------------------------------------------

given=() word='' one_way=no

# Sets next, the first step not taken, and last, the one before it; empty where there is none.
find_step() {
  next='' last=''
  local it
  for it in "${STEPS[@]}"; do
    if ! is_done "$it"; then
      next=$it
      return
    fi
    last=$it
  done
}

# Every step, and which of them have been taken.
show_steps() {
  local it mark
  for it in "${STEPS[@]}"; do
    mark=' '
    if is_done "$it"; then mark=x; fi
    if [[ $it == "$next" ]]; then mark='>'; fi
    say "  $mark $it: $(title "$it")"
  done
}

# agree SERVICE WARNING: a step that cannot be taken back is agreed to by name.
agree() {
  if [[ $dry_run == yes || $one_way == yes ]]; then return; fi
  warn "From here there is no way back$2"
  [[ -t 0 ]] || die "nobody can be asked; add --one-way"
  local answer
  read -r -p "Type the name of the service to go on: " answer
  [[ $answer == "$1" ]] || die "nothing was changed."
}

# Looks where things are, and takes the step that was asked for.
walk() {
  check_account
  read_state
  find_step
  case $word in
    next) take_next ;;
    back) take_back ;;
    *) show ;;
  esac
}
