"""Frozen versions: how they are collected, thinned, split, sealed, written and forgotten."""
