"""The dashboards: a module for each, or a package where it is large, with ``board()``."""
