"""`idcard explain`: explain every byte of a code in plain words."""

import json
from collections.abc import Callable

import click

from idcard.credential import explain
from idcard.credential.explain import Explanation
from idcard.errors import Malformed, Refused
from idcard_cli import codes, language, terminal
from idcard_cli.venue import wrapping

SCHEMA = 1
_BYTES_A_LINE = 8
_WIDTH = 66


@click.command("explain")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@language.option
def explain_code(code: str, as_json: bool, translate: Callable[[str], str]) -> None:
    """Say what every byte of CODE means, so that nobody carries hidden information.

    CODE is the text of a code, the name of a picture or text file, or - for standard input. No trust file is needed,
    and the signature is not checked. This is for the holder: whoever sees the bytes can copy the code.

    \b
    Example:
      idcard explain codes/library.txt
    """
    try:
        explained = explain.explain(codes.read(code, _is_explained), translate)
    except Malformed as problem:
        raise click.UsageError(f"the code is damaged, or was not made by a city: {problem}") from None
    if as_json:
        click.echo(json.dumps(_as_json(explained)))
        return
    for part in explained.parts:
        meaning = wrapping.wrapped(terminal.printable(part.meaning), _WIDTH)
        data = [part.data[i : i + _BYTES_A_LINE].hex(" ") for i in range(0, len(part.data), _BYTES_A_LINE)]
        for line in range(max(len(data), len(meaning))):
            offset = f"{part.offset:3}" if line == 0 else ""
            left = f"{offset:3}  {data[line] if line < len(data) else '':{3 * _BYTES_A_LINE}}"
            click.echo(f"{left} {meaning[line] if line < len(meaning) else ''}".rstrip())
    click.echo()
    for sentence in explained.summary:
        click.echo(terminal.printable(sentence))
    language.say_unreviewed(translate)


def _is_explained(code: str) -> bool:
    try:
        explain.explain(code)
    except (Malformed, Refused):
        return False
    return True


def _as_json(explained: Explanation) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "environment": str(explained.environment),
        "parts": [{"offset": part.offset, "hex": part.data.hex(), "meaning": part.meaning} for part in explained.parts],
        "summary": list(explained.summary),
    }
