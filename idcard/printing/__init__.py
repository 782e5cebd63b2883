"""Codes on paper and plastic: pictures, card backs and sheets for holders (specs/print.md). Needs the extra `print`."""
