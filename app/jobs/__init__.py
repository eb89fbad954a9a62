"""Background work: the worker and thin tasks that call a service."""
