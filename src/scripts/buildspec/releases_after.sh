(cd "$work" && python3 releases.py stages.json "$release")
rm -rf "$work"
