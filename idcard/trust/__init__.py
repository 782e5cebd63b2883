"""What a city publishes, as pure formats: bytes to values and back (specs/trust.md)."""
