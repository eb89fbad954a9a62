"""What can go wrong with a part, told in one line that a person can act on."""

# The exit code of a program that refuses its settings; sysexits.h calls it EX_CONFIG.
UNSAFE_SETTINGS = 78


class PartError(Exception):
    """A part of the embedded default cannot be started, reached or stopped."""
