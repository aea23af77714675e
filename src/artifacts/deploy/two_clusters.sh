# --- two clusters: what is told at the end ----------------------------------------------------------------------------------

two_clusters_report() {
  local live
  read_weights "$service"
  live=$(live_of_weights)
  if [[ -z $live ]]; then return; fi
  use_service "$service/$live"
  report_revision
}
