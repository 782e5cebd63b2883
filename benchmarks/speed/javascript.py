"""One verdict of the verifier in JavaScript, beside one bare verification by WebCrypto in the same Node."""

import base64
import json
import subprocess

from cities import NOW, City
from machine import WEB, WITH_NODE

from speed.timing import BRIEF, Row, rounds_of, table

CALLS = 10 if BRIEF else 300
WARM = 3
"""The first rounds, in which Node still compiles, do not count."""


def main() -> None:
    if not (WEB / "node_modules" / ".ready").exists():
        print("verify in JavaScript: left out, because there are no packages of web/ here (make test-web)")
        return
    city = City()
    rounds = []
    for name in ("library", "pharmacy"):
        asked = {
            "file": base64.b64encode(city.file).decode(),
            "text": city.code(name),
            "class": name,
            "now": NOW.isoformat(),
            "rounds": rounds_of(25) + WARM,
            "calls": CALLS,
        }
        command = [*WITH_NODE, "node", str(WEB / "verify" / "support" / "speed.js")]
        run = subprocess.run(command, input=json.dumps(asked).encode(), stdout=subprocess.PIPE, check=True)
        rounds.append(
            [{f"{call}, {name}": time for call, time in each.items()} for each in json.loads(run.stdout)[WARM:]]
        )
    both = [first | second for first, second in zip(*rounds, strict=True)]
    renamed = [{name.replace("verdict", "verify in JavaScript"): time for name, time in each.items()} for each in both]
    rows = [Row(f"verify in JavaScript, {name}", f"WebCrypto, {name}", 1.2) for name in ("library", "pharmacy")]
    print(table(f"text → card in Node, {CALLS} calls a round", renamed, rows))


if __name__ == "__main__":
    main()
