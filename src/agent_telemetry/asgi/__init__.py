"""The ASGI middleware and the endpoints that it adds to an app."""
