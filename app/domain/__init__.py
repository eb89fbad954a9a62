"""Pure rules and value types: values in, values or an exception out."""
