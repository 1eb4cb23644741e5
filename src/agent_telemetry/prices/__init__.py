"""What a model call costs: a dated price table, own tables, packages of prices."""
