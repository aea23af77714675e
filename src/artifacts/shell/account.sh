# --- who may do it ----------------------------------------------------------------------------------------------------

dry_run=no yes=no

# Right credentials, or the end.
check_account() {
  command -v aws >/dev/null || die "the AWS CLI is not installed" \
    "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
  local account
  account=$(ask '' sts get-caller-identity --query Account) || exit 1
  if [[ -n $ACCOUNT && $account != "$ACCOUNT" ]]; then
    die "these credentials are for account $account, $ENVIRONMENT is account $ACCOUNT" \
      "choose others, for example: AWS_PROFILE=<profile> ./$SCRIPT"
  fi
  say "$APPLICATION, $ENVIRONMENT: account $account, $REGION"
}

# confirm VERB: asks where the environment is protected.
confirm() {
  if [[ $PROTECTED == no || $yes == yes || $dry_run == yes ]]; then return; fi
  [[ -t 0 ]] || die "$ENVIRONMENT is protected and nobody can be asked; add --yes"
  local answer
  read -r -p "$ENVIRONMENT is protected. Type its name to $1: " answer
  [[ $answer == "$ENVIRONMENT" ]] || die "nothing was changed."
}
