"""Commands of key officers."""
