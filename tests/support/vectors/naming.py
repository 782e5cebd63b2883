"""Names of vectors that are told in a sentence."""

import re


def of(sentence: str) -> str:
    return "-".join(re.findall("[a-z0-9]+", sentence.lower()))
