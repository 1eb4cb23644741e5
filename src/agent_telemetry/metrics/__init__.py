"""Metric families of the catalogue and of the host: written, bounded, exposed."""
