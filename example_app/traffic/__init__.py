"""Gentle, seeded traffic for the sample agent, sent by Locust from a process of its own."""
