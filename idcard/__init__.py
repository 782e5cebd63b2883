"""A municipal identity card without a database of its residents.

Embedders need one package, `idcard.verify`. The formats are in `specs/`.
"""
