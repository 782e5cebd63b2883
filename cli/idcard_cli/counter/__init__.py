"""Commands of the card office."""
