"""Budgets: who may spend how much, asked before each model call."""
