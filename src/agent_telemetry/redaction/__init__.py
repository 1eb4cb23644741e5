"""Personal data and secrets out of everything before it is queued; sensitive words."""
