"""Encodings: records as files of every format, made in constant memory."""
