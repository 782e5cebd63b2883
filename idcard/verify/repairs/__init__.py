"""Undoes what scanners and keyboards do to the text of a code (specs/scan.md, What scanners do).

There is a module for each kind of damage. A repair only proposes texts, a limited number of them; the signature
decides. Nothing here reads a clock, a file or a trust list.
"""
