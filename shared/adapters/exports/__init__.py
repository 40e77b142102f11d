"""Exports: everything that a store keeps, as JSON lines in a file."""
