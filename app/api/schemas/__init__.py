"""What comes in and what goes out, as marshmallow schemas; In and Out are different."""
