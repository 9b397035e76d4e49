"""What buyers watch: saved searches with alerts, follows with their feed, and wishes for what was not found."""
