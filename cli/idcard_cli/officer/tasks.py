"""Formats a task of the agenda for an officer."""

from idcard.ceremony.agenda import Task
from idcard.credential.calendar import as_day


def as_line(task: Task, now: int) -> str:
    """One line."""
    when = (
        "now       "
        if task.due <= now
        else f"by {as_day(task.due)}"
        if task.start <= now
        else f"{as_day(task.start)} to {as_day(task.due)}"
    )
    how = f" ({task.how})" if task.how else ""
    return f"{when:13}  {task.what}{how}"
