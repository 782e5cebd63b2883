"""Restores the text of a QR code that other software had read and drew again."""

import re

from idcard.repairs import forms, unseen

_OURS = re.compile("ID[A-Z][0-9]{1,2}:")


def restored(text: str) -> str:
    """The text without marks, and in capitals, if it then begins like a code of a city; else as it is.

    Nothing is lost: base45 and slips have no small letters.
    """
    plain = forms.folded(unseen.visible(text))[0].lstrip()
    capitals = plain.upper() if plain.isascii() else plain
    return capitals if _OURS.match(capitals) else text
