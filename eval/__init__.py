"""Measuring the system: the demo world, datasets, scoring and reports."""
