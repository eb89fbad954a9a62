"""The outside: one module a remote, each a small class behind a Protocol."""
