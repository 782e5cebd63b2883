"""The vectors of specs/vectors/typed: each text gets the verdict, and is read in the way, that it states."""

import base64
import json
from datetime import datetime

import pytest
from support.vectors import folder

from idcard.verify import Verifier, verdict

PATHS = sorted((folder.FOLDER / "typed").glob("*.json"))


@pytest.mark.parametrize("name", [path.stem for path in PATHS])
def test_a_text_is_read_as_its_vector_states(name: str) -> None:
    vector = json.loads((folder.FOLDER / "typed" / f"{name}.json").read_bytes())
    verifier, now = Verifier(base64.b64decode(vector["trust_file"])), datetime.fromisoformat(vector["now"])
    read, judged = verdict.judge_typed(verifier, vector["typed"], vector["class"], now=now)
    assert {"outcome": judged.outcome, "reason": judged.reason, "undone": list(judged.undone)} == vector["expect"]
    if judged.outcome == verdict.ACCEPT:
        # What is accepted is exactly what the city signed.
        assert verifier.verify(read, vector["class"], now=now) == judged.card
