"""Private keys: in files, in tokens, in memory (specs/keys.md)."""
