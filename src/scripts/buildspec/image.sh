commit=${CODEBUILD_RESOLVED_SOURCE_VERSION:-build-${CODEBUILD_BUILD_NUMBER:-0}}
tag=$(printf '%s' "$commit" | tr -c 'A-Za-z0-9_.-' '-' | sed 's/^[.-]*//' | cut -c 1-128)
account=$(aws sts get-caller-identity --query Account --output text)
registry=$account.$registry_suffix
export IMAGE=$registry/$repository:$tag

# Sets digest; empty when nothing has the tag.
find_digest() {
  local error
  error=$(mktemp)
  if digest=$(aws ecr describe-images --region "$region" --repository-name "$repository" --image-ids "imageTag=$tag" \
    --query 'imageDetails[0].imageDigest' --output text 2>"$error"); then
    return
  fi
  digest=''
  if ! grep -q ImageNotFoundException "$error"; then
    cat "$error" >&2
    exit 1
  fi
}

find_digest
if [[ -n $digest ]]; then
  echo "$IMAGE is there already; it is released again as it is."
else
  aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "$registry"
  # One manifest per tag: attestations would make it an index, which image scans do not read.
  export BUILDX_NO_DEFAULT_ATTESTATIONS=1
  docker build "${build_options[@]}" --tag "$IMAGE" "$build_context"
  for it in ${tests[@]+"${tests[@]}"}; do
    echo "test: $it"
    bash -ec "$it"
  done
  docker push "$IMAGE"
  find_digest
fi
if [[ $digest != sha256:* ]]; then
  echo "ECR names no digest for $IMAGE" >&2
  exit 1
fi
mkdir -p "$release"
printf '{"ImageURI":"%s"}\n' "$registry/$repository@$digest" >"$release/imageDetail.json"
echo "released as $registry/$repository@$digest"
