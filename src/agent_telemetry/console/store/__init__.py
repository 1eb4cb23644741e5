"""What the console shows, in one SQLite file that is written in the background."""
