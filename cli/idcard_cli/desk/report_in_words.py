"""The tally as the page shows and prints it."""

from pathlib import Path

import click

from idcard.credential import names
from idcard.errors import IdcardError, Reason
from idcard.verify.verdict import ACCEPT, Translate
from idcard_cli.desk import words
from idcard_cli.desk.answers import Object, Request
from idcard_cli.venue import tally_file, tally_report
from idcard_cli.venue.tally_report import Row


def of(path: Path | None, request: Request) -> Object:
    """The object of `GET /tally`. path: None where nothing is counted."""
    translate = request.language.translate
    try:
        rows = [] if path is None else tally_report.rows(tally_file.read(path))
    except (OSError, click.ClickException, IdcardError):
        return {"schema": tally_report.SCHEMA, "tally": [], "problem": translate(words.TALLY_UNREADABLE)}
    told = [
        row.as_json() | {"place": names.with_label(row.venue_class, translate), "says": _says(row, translate)}
        for row in rows
    ]
    return {"schema": tally_report.SCHEMA, "tally": told, "problem": ""}


def _says(row: Row, translate: Translate) -> str:
    """The verdict in words; the name of a reason that only another program has."""
    outcome = translate(words.OUTCOMES[row.outcome])
    if row.verdict == ACCEPT:
        return outcome
    reasons = {reason.value: reason.message for reason in Reason}
    more = words.PHOTO_ANSWERS.get(row.verdict) or reasons.get(row.verdict)
    return translate(words.OUTCOME_WITH_REASON).format(outcome=outcome, reason=translate(more) if more else row.verdict)
