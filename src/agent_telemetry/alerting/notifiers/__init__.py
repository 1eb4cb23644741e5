"""Who is told of an alert: Slack, people by e-mail, a webhook, the log."""
