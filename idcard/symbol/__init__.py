"""QR symbols (ISO/IEC 18004)."""
