"""One example of each answer, for the OpenAPI document: a single story told through."""
