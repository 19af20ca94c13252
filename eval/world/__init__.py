"""A simulated world of exporters in front of a real Prometheus. Format: README.md in this folder."""
