"""`idcard desk`: a page for the desk of a venue, for this computer's own browser and nobody else (specs/desk.md)."""
