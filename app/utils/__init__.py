"""Nouns from the standard library's world; imports nothing of this project."""
