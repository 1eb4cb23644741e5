"""The console: what a service did, on pages that its own process serves, without any server."""
