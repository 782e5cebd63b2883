"""The verifier in JavaScript (web/verify) answers as this one does: what its vectors cannot show."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import differential
import pytest
from machine import WEB, WITH_NODE, needs_web

from idcard.credential import explain
from idcard.credential.names import CLAIMS
from idcard.errors import Malformed, Reason, Refused

pytestmark = needs_web
VECTORS = Path(__file__).parents[2] / "specs" / "vectors" / "decision"
SOURCES = WEB / "verify" / "src"


def answered(program: str, question: Any) -> Any:
    """What a module in JavaScript prints, with the question as its input."""
    command = [*WITH_NODE, "node", "--input-type=module", "--eval", program]
    run = subprocess.run(command, input=json.dumps(question).encode(), stdout=subprocess.PIPE, check=True, cwd=SOURCES)
    return json.loads(run.stdout)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("run", "seed", "count"),
    [(differential.codes, 11, 25_000), (differential.codes, 12, 25_000), (differential.files, 13, 1500)],
)
def test_both_answer_the_same(run: Callable[[int, int], differential.Tally], seed: int, count: int) -> None:
    tally = run(seed, count)
    assert tally.answers.total() == count
    assert list(differential.report("asked", tally))[2:] == []
    assert tally.answers["accept"] + tally.answers["valid"] > count // 20


def test_both_explain_a_code_alike() -> None:
    """In the sentences of the catalogues, every byte of it."""
    texts = [json.loads(path.read_bytes())["text"] for path in sorted(VECTORS.glob("[acdo]*.json"))]
    program = """
        import { readFileSync } from "node:fs";
        import { hex } from "./bytes.js";
        import { explain } from "./explain.js";
        const explained = (text) => {
          try {
            const { environment, parts, summary } = explain(text);
            return [environment, parts.map(({ offset, data, meaning }) => [offset, hex(data), meaning]), summary];
          } catch (error) {
            return error.name;
          }
        };
        console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(explained)));
    """
    assert answered(program, texts) == [_explained(text) for text in texts]


def _explained(text: str) -> Any:
    try:
        found = explain.explain(text)
    except (Refused, Malformed) as error:
        return type(error).__name__
    parts = [[part.offset, part.data.hex(), part.meaning] for part in found.parts]
    return [str(found.environment), parts, list(found.summary)]


def test_both_have_the_same_sentences() -> None:
    """For each reason and each claim: a page finds them in the catalogues of the command."""
    program = """
        import { REASONS } from "./reasons.js";
        console.log(JSON.stringify(REASONS));
    """
    ours = {each.value: [each.outcome.value, each.message, each.remedy] for each in Reason}
    assert answered(program, None) == ours
    written = (SOURCES / "explain.js").read_text("utf-8")
    assert dict(re.findall(r'^  \["(\w+)", "(.+)"\],$', written, re.MULTILINE)) == CLAIMS


def test_a_refusal_says_the_same() -> None:
    """Message and remedy, with the name of the class and the city's sentence."""
    given = [(reason.value, label, "Ask the card office.") for reason in Reason for label in ("", "library", "a, b")]
    program = """
        import { readFileSync } from "node:fs";
        import { Refused } from "./errors.js";
        const said = ([reason, label, contact]) => new Refused(reason, { label, contact, dateInDoubt: true }).asJSON();
        console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(said)));
    """
    ours = [Refused(Reason(reason), label, contact, date_in_doubt=True) for reason, label, contact in given]
    assert answered(program, given) == [each.as_json() for each in ours]
