"""Repairs what was typed, pasted or read: cards, posters, kill notes and slips alike (specs/scan.md, What scanners do).

There is a module for each kind of damage, and `readings` puts them together. A repair only proposes texts, a limited
number of them; a signature or a checksum decides. Nothing here reads a clock, a file or a trust list.
"""
