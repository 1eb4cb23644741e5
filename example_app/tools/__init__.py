"""The tools of the sample agent, one a file."""
