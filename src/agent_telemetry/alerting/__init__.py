"""Alerts from inside the process: rules, their state, and who is told."""
