"""Shapes: what a question and its judged answers become, one module per training format."""
