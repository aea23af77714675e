digest=$(sed -n 's/.*@\(sha256:[0-9a-f]*\)".*/\1/p' "$release/imageDetail.json")
findings() {
  aws ecr describe-image-scan-findings --region "$region" --repository-name "$repository" \
    --image-id "imageDigest=$digest" --no-paginate --output text "$@"
}

status='' error=$(mktemp)
for ((attempt = 0; attempt < 60; attempt++)); do
  if ! status=$(findings --query imageScanStatus.status 2>"$error"); then
    if ! grep -q ScanNotFoundException "$error"; then
      cat "$error" >&2
      exit 1
    fi
    status=PENDING # the scan has not begun
  fi
  case $status in
    COMPLETE | ACTIVE) break ;;
    PENDING | IN_PROGRESS) sleep 10 ;;
    *)
      echo "the image was not scanned: $status" >&2
      exit 1
      ;;
  esac
done
if [[ $status != COMPLETE && $status != ACTIVE ]]; then
  echo "no scan result after ten minutes; is scanning on push switched on for $repository?" >&2
  exit 1
fi

found=''
for severity in "${severities[@]}"; do
  count=$(findings --query "imageScanFindings.findingSeverityCounts.$severity")
  if [[ $count != None && $count != 0 ]]; then found="$found $count $severity"; fi
done
if [[ -n $found ]]; then
  echo "the image is not released, its scan found:$found" >&2
  echo "aws ecr describe-image-scan-findings --region $region --repository-name $repository --image-id imageDigest=$digest" >&2
  exit 1
fi
echo "the image's scan found nothing of ${severities[*]}"
