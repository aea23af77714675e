image=$(sed -n 's/.*"ImageURI":"\([^"]*\)".*/\1/p' "$release/imageDetail.json")
printf '[{"name":"%s","imageUri":"%s"}]\n' "$container" "$image" >"$release/$images"

waiting=()
for it in ${stages[@]+"${stages[@]}"}; do
  read -r environment region cluster service <<<"$it"
  running=$(aws ecs describe-services --region "$region" --cluster "$cluster" --services "$service" \
    --query "services[?status=='ACTIVE'].deployments[] | [?status=='PRIMARY'].taskDefinition | [0]" --output text)
  if [[ $running == None ]]; then
    echo "there is no service $service in $cluster; deploy $environment first" >&2
    exit 1
  fi
  placeholder=$(aws ecs describe-task-definition --region "$region" --task-definition "$running" --output text \
    --query "taskDefinition.containerDefinitions[?name=='$container'].dockerLabels.\"bluegreen.bootstrap\" | [0]")
  if [[ $placeholder == true ]]; then waiting+=("$environment"); fi
done
if ((${#waiting[@]})); then
  echo "$container has had no release yet in: ${waiting[*]}. The action would give this image what its placeholder runs with." >&2
  echo "Release it once through the stack, in the folder that was rendered for each, then retry this pipeline:" >&2
  echo "    ./release.sh $service $image" >&2
  exit 1
fi
echo "$container becomes $image where the action of ECS releases it"
