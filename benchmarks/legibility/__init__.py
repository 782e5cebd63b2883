"""How often our codes are read from bad pictures, beside an EU certificate and a Claim 169 of the same printed size.

`python -m legibility --help` says how to run it. A picture is made in the order in which it comes about:
`conditions` (what is drawn by lot), `codes` (what is printed), `card` (the printed and worn plastic), `camera`
(what a webcam makes of it), `readers` (what two programs find in it), `tally` (what is counted).
"""
