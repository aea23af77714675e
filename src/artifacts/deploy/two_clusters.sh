# --- two clusters: what is told at the end ----------------------------------------------------------------------------------

two_clusters_report() {
  local live
  read_weights "$service"
  live=$(live_of_weights)
  if [[ -n $live ]]; then report_revision "$service/$live"; fi
}
