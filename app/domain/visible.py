"""Which characters a name may not hold: those that cannot be seen, or turn text around."""

# For a class of a regular expression: white space, controls, and what has no width or changes
# the direction, since two names that look the same would be two things. The OpenAPI document
# has it in its patterns; where Python and ECMA 262 disagree on white space, it is spelled out.
UNSEEN = r"\s\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
