"""Decorators for functions, and how their calls are observed."""
