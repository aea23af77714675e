# --- stacks whose template says what runs ------------------------------------------------------------------------------

# exported KIND PARAMETER "ITEM EXPORT": what a stack exports, or an item of it, counted from 1, where it is a list. Nothing
# where the stack that is used keeps the value it was created with, because what only a release may change rests on it.
exported() {
  local item origin value
  if [[ $1 == export-once ]] && exists "$name"; then return; fi
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
  local was=$work/$file.was held=$work/$file.held answer=text
  if [[ $template == *.json ]]; then answer=json; fi
  aws cloudformation get-template --region "$REGION" --stack-name "$name" --template-stage Original \
    --query TemplateBody --output "$answer" >"$was" 2>"$work/error" ||
    die "the template of $name could not be read; it was left alone." "$(cat "$work/error")"
  grep -qxF "$answered" "$was" ||
    die "the template of $name has no line \"$answered\"; it was not deployed by this script, and was left alone."
  sed "/^$released\$/,\$d" "$template" >"$held"
  sed -n "/^$answered\$/,\$p" "$was" >>"$held"
  template=$held
}
