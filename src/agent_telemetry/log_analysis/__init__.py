"""Errors, request statistics and search over the JSON log files, rotated ones too."""
