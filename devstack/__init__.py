"""The embedded default: PostgreSQL, Redis and a language model out of wheels."""
