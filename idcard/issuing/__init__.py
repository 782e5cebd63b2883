"""What the card office makes and cancels: codes, slips, handles, cohort sheets."""
