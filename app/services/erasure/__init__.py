"""Erasure: what becomes of every column when a person is forgotten, and the work that does it."""
