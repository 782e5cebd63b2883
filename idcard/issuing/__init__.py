"""What the card office mints and cancels: codes, slips, handles, cohort sheets."""
