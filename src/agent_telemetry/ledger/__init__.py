"""Spending and users: one SQLite book for all workers of a service."""
