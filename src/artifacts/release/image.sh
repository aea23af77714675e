# --- the image ----------------------------------------------------------------------------------------------------------

# Account, region and repository of an image in ECR.
readonly ECR='^([0-9]{12})\.dkr[.-]ecr(-fips)?\.([a-z0-9-]+)\.(amazonaws\.com|amazonaws\.com\.cn|on\.aws|on\.amazonwebservices\.com\.cn)/(.+)$'
readonly DIGEST='^sha256:[0-9a-f]{64}$'
readonly REPOSITORY='^[A-Za-z0-9][A-Za-z0-9._/:-]*$'

# Sets image to the repository with a digest, or notes what is in the way. Not under every
# engine does ECS resolve a tag to one digest (pins_tags): tasks of one release that start at different times could run different
# images.
resolve_image() {
  local given=$image repository=$image tag='' digest=''
  if [[ $repository == *@* ]]; then
    digest=${repository#*@} repository=${repository%%@*}
    if [[ ! $digest =~ $DIGEST ]]; then
      problem "$given: a digest is sha256: and 64 hexadecimal digits."
      return
    fi
  fi
  # A colon before the last slash belongs to the port of the registry.
  if [[ ${repository##*/} == *:* ]]; then tag=${repository##*:} repository=${repository%:*}; fi
  if [[ ! $repository =~ $REPOSITORY ]]; then
    problem "$given is not an image." "write <repository>@sha256:<digest>, or <repository>:<tag> for one in ECR"
    return
  fi
  if [[ ! $repository =~ $ECR ]]; then
    if [[ -z $digest && $pins_tags == yes && -n $tag ]]; then
      image=$repository:$tag
      say "image $image: not looked up, because only ECR can be asked; ECS settles on what is behind the tag when it starts."
      return
    fi
    if [[ -z $digest ]]; then
      problem "$given has no digest, and only ECR can be asked for the one behind a tag." \
        "Under CodeDeploy a tag is not resolved to one image for all tasks, so tasks of one release could differ." \
        "write $repository@sha256:<digest>"
      return
    fi
    image=$repository@$digest
    say "image $image: not looked up, because only ECR can be asked."
    return
  fi
  if [[ -z $tag && -z $digest ]]; then
    problem "$given has neither tag nor digest." "write $repository:<tag> or $repository@sha256:<digest>"
    return
  fi
  look_up "${BASH_REMATCH[1]}" "${BASH_REMATCH[3]}" "${BASH_REMATCH[5]}" "$tag" "$digest"
  if [[ -n $found_digest ]]; then image=$repository@$found_digest; fi
}

# look_up ACCOUNT REGION REPOSITORY TAG DIGEST: sets found_digest; empty when the image cannot be used, which is noted. The
# digest wins where there are both, as it does for ECS.
look_up() {
  local registry=$1 region=$2 repository=$3 tag=$4 digest=$5 found status media absent='ImageNotFoundException|RepositoryNotFoundException'
  local at="--region $region --registry-id $registry --repository-name $repository" which="imageTag=$tag"
  if [[ -n $digest ]]; then
    which="imageDigest=$digest"
    # Whoever may not look into another account's registry can release from it all the same.
    absent+='|AccessDenied'
  fi
  found_digest=''
  : >"$work/error"
  found=$(ask_in "$region" "$absent" ecr describe-images --registry-id "$registry" \
    --repository-name "$repository" --image-ids "$which" \
    --query 'imageDetails[0].[imageDigest,imageStatus,imageManifestMediaType]') || exit 1
  if [[ -z $found ]] && grep -q AccessDenied "$work/error"; then
    say "image $digest: not looked up, these credentials may not look into $repository (account $registry, $region)."
    found_digest=$digest
    return
  fi
  read -r digest status media <<<"$found"
  if [[ $digest != sha256:* ]]; then
    problem "there is no image ${which#*=} in $repository (account $registry, $region). The newest are:" \
      "aws ecr describe-images $at --query 'reverse(sort_by(imageDetails,&imagePushedAt))[:10].[imagePushedAt,imageDigest,imageTags[0]]' --output text"
    return
  fi
  if [[ $status == ARCHIVED || $status == ACTIVATING ]]; then
    problem "the image ${which#*=} in $repository is $status; tasks could not pull it. Restore it first:" \
      "aws ecr update-image-storage-class $at --image-id imageDigest=$digest --target-storage-class STANDARD"
    return
  fi
  # Only an index names its platforms; what a single image is for stands in its layers' configuration.
  if [[ $media == *index* || $media == *manifest.list* ]]; then
    check_platform "$digest" "$region" "$registry" "$repository"
  fi
  found_digest=$digest
}

# Whether an index has an image for the processors the stack asks for.
check_platform() {
  local wanted=amd64 architecture manifest
  architecture=$(ask '' ecs describe-task-definition --task-definition "$definition" \
    --query taskDefinition.runtimePlatform.cpuArchitecture) || exit 1
  if [[ $architecture == ARM64 ]]; then wanted=arm64; fi
  manifest=$(ask_in "$2" AccessDenied ecr batch-get-image --registry-id "$3" --repository-name "$4" --image-ids "imageDigest=$1" \
    --query 'images[0].imageManifest') || exit 1
  if [[ -z $manifest ]] || grep -Eq "\"architecture\" *: *\"$wanted\"" <<<"$manifest"; then return; fi
  problem "the image $1 in $4 is not built for linux/$wanted, which the stack asks for; it has:" \
    "$(grep -Eo '"architecture" *: *"[^"]*"' <<<"$manifest" | sed 's/.*: *"//; s/"//; s/^/linux\//' | grep -v unknown | sort -u | tr '\n' ' ')" \
    "build it so: docker build --platform linux/$wanted"
}
