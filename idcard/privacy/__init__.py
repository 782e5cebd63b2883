"""What codes tell about their holders, as figures (specs/privacy.md)."""
