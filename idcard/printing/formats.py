"""What codes can become, by the names of `idcard mint --format` (specs/batch.md, Output)."""

PICTURES = ("svg", "png", "pdf")
SIZED = frozenset(("svg", "pdf"))
"""Pictures that have a printed width."""
PAGES = ("card", "holder")
CODES_ON_A_CARD = 2
"""At most."""
