"""Measures what codes reveal about their holders (specs/privacy.md)."""
