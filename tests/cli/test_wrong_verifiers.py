"""Twelve verifiers with a mistake each: the vectors find it, and blame nothing that the mistake cannot touch."""

import json
import shlex
from functools import cache

import pytest
from command import program
from idcard_cli.venue import vector_run
from idcard_cli.venue.vector_run import VectorSet
from support.vectors import folder
from wrong_verifiers import ALL, WRONG

SECONDS = 300
"""More than an answer takes on any machine."""


@cache
def every() -> VectorSet:
    return vector_run.read(folder.FOLDER)


def named(mistake: str) -> set[str]:
    """The vectors that stand for it."""
    asked = [each for questions in every().kinds.values() for each in questions]
    paths = {each.vector: folder.FOLDER / f"{each.vector}.json" for each in asked}
    return {vector for vector, path in paths.items() if WRONG[mistake].named(path.stem, json.loads(path.read_bytes()))}


def test_there_are_twelve_and_each_mistake_has_vectors() -> None:
    assert len(WRONG) == 12
    assert {mistake: len(named(mistake)) >= 3 for mistake in WRONG} == dict.fromkeys(WRONG, True)
    assert {each.vector.partition("/")[0] for kind in every().kinds.values() for each in kind} == ALL


@pytest.mark.slow
@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_is_found_by_every_vector_that_stands_for_it(mistake: str) -> None:
    wrong = WRONG[mistake]
    command = shlex.join(program("conformance", "--answer", prelude=wrong.prelude))
    report = vector_run.run(every(), command, SECONDS, (), lambda _done, _total: None)
    failed = {each.question.vector for each in report.failures}
    assert named(mistake) <= failed
    assert {vector.partition("/")[0] for vector in failed} <= wrong.kinds
    assert report.ending == vector_run.FAILED
