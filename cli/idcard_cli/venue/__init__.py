"""Commands of venues."""
