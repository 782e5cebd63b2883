"""The name of a venue class, as somebody types it or reads it on a card."""

from typing import Any

import click

from idcard.repairs import forms, unseen


class ClassName(click.ParamType[str]):
    """Capitals, blanks and invisible marks do not matter: cards have LIBRARY, trust files library."""

    name = "class"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        folded = forms.folded(unseen.visible(str(value)))[0].lower()
        return "-".join(folded.replace("_", " ").split())
