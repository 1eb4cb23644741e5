"""The audit trail: complete, in order, tamper-evident; search and verification."""
