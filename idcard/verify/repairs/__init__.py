"""Repairs of a text that should hold a code: what happened to it on its way, undone (specs/scan.md, What scanners do).

A module for each kind of thing. A repair proposes, and what it proposes is bounded; the signature decides. Nothing here
reads a clock, a file or a trust list.
"""
