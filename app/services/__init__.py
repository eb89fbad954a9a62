"""Use cases: the only code that reads and writes tables; they flush and never commit."""
