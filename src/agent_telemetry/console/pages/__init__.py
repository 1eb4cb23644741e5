"""What each page of the console shows: a function that reads, and a template."""
