"""A made-up city in memory, for tests of programs that check codes (docs/developers.md, Testing your code).

from idcard.testing import MadeUpCity

city = MadeUpCity()
card = city.verifier().verify(city.code("library"), "library", now=city.now)
"""

from idcard.testing.made_up_city import CLASSES, MadeUpCity

__all__ = ["CLASSES", "MadeUpCity"]
