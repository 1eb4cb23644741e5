"""What `make` runs: one module a command, and the parts that they share."""
