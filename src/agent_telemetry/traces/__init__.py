"""Spans and traces: the tracer, what a span may hold, its way to a backend."""
