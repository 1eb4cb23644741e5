"""The sample agent service, its model simulator, its traffic and its alert inbox."""
