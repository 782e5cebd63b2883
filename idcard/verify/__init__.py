"""The venue's decision: code, trust file, venue class and time make a card, or raise Refused (specs/verify.md).

from datetime import UTC, datetime
from idcard.verify import Refused, Verifier

verifier = Verifier.open("city.idtrust")
try:
    card = verifier.verify(text, "library", now=datetime.now(UTC))
except Refused as refused:
    print(refused.outcome, refused.reason, refused.message, refused.remedy)
"""

from idcard.contract import Situation
from idcard.credential.text import Environment
from idcard.errors import IdcardError, Outcome, Reason, Refused
from idcard.verify.decision import Card
from idcard.verify.memory import Memory
from idcard.verify.verifier import Requirement, Verifier

__all__ = [
    "Card",
    "Environment",
    "IdcardError",
    "Memory",
    "Outcome",
    "Reason",
    "Refused",
    "Requirement",
    "Situation",
    "Verifier",
]
