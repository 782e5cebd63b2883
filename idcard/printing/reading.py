"""What a code says about its holder, read from its text: a page believes nobody else."""

from idcard import cose
from idcard.credential import claims, signed, text
from idcard.credential.claims import Claims
from idcard.credential.text import Environment
from idcard.errors import Malformed, Refused
from idcard.issuing.code import Code
from idcard.printing.page import CannotPrint, City


def is_shared(code: Code) -> bool:
    """Whether many people may carry this very text; not so for what is no code."""
    try:
        return signed.decode(text.decode(code.text)[1]).claims.handle is None
    except (Malformed, Refused):
        return False


def read(code: Code, city: City) -> Claims:
    """All that a code says.

    Raises CannotPrint for what is no code, says more than this program understands, or is not of the city's
    environment. The signature is not looked at.
    """
    try:
        environment, data = text.decode(code.text)
        found = signed.decode(data).claims
        whole = claims.encode(found) == cose.decode_sign1(data).payload
    except (Malformed, Refused):
        raise CannotPrint(f"{code.venue_class}: this is not a code") from None
    if not whole:
        raise CannotPrint(f"{code.venue_class}: the code says more than this program understands")
    if (environment is Environment.TEST) is not city.test:
        raise CannotPrint(f"{code.venue_class}: a code of a {environment} city does not belong on this page")
    return found
