"""What a city is: its plan, its profiles, the records it reads, its ledger and counts."""
