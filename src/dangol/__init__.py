"""dangol."""
