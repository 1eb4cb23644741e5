"""Log records: what they hold, where they go, which are left out."""
