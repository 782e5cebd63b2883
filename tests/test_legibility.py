"""The pictures of `make legibility`: the same each time, the same for every kind of code, and honestly judged."""

import numpy as np
import pytest
from legibility import card, tally
from legibility.camera import Picture, Scene
from legibility.codes import CLAIM_169, COHORT, COHORT_Q, EU, REVOCABLE, REVOCABLE_Q, Kind
from legibility.conditions import BY_NAME, CONDITIONS, FLAWLESS, draw
from legibility.measure import Trial
from legibility.readers import READERS, Reader, reads

KINDS = (COHORT, REVOCABLE, COHORT_Q, REVOCABLE_Q, CLAIM_169, EU)
WIDTHS_MM = (25.0, 18.0)

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.label)
every_reader = pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
every_width = pytest.mark.parametrize("width_mm", WIDTHS_MM)


def flawless(kind: Kind) -> Picture:
    return Scene(FLAWLESS, 25).picture(kind)


def test_the_kinds_are_as_large_as_they_are_said_to_be() -> None:
    symbols = [kind.symbol(number) for number in range(3) for kind in (COHORT, REVOCABLE, CLAIM_169, EU)]
    assert [symbol.version for symbol in symbols] == 3 * [6, 7, 9, 15]
    assert [COHORT_Q.symbol(0).version, REVOCABLE_Q.symbol(0).version] == [8, 9]


class TestDraws:
    def test_each_condition_is_the_hard_one_in_turn(self) -> None:
        assert [draw(number).hard for number in range(2 * len(CONDITIONS))] == 2 * [each.name for each in CONDITIONS]

    def test_strengths_are_within_the_bounds_of_the_table(self) -> None:
        for number in range(200):
            lot = draw(number)
            for name, strength in lot.strength.items():
                low, high = sorted(BY_NAME[name].hard if name == lot.hard else BY_NAME[name].everyday)
                assert low <= strength <= high

    def test_another_frame_shows_the_same_card_by_a_hand_that_moved(self) -> None:
        first, later = draw(5), draw(5, frame=1)
        for each in CONDITIONS:
            assert (first[each.name] == later[each.name]) is each.worn
        assert (card.wear(first, 25).passing.image == card.wear(later, 25).passing.image).all()


class TestPrint:
    @every_width
    def test_every_kind_is_as_wide_in_dots_quiet_zone_included(self, width_mm: float) -> None:
        side = {25.0: 295, 18.0: 213}[width_mm]
        for kind in KINDS:
            assert card.ink(kind, FLAWLESS, width_mm).image.shape == (side * card.STEPS, side * card.STEPS)

    @every_kind
    def test_the_quiet_zone_has_no_ink_and_the_symbol_begins_behind_it(self, kind: Kind) -> None:
        inked = card.ink(kind, FLAWLESS, 25).image
        module = len(inked) / kind.side
        zone = round(kind.quiet_zone * module) - card.STEPS
        assert not inked[:zone].any()
        assert not inked[:, :zone].any()
        assert inked[zone : zone + round(module)].any()

    def test_module_edges_lie_on_whole_dots(self) -> None:
        """Without spread, a dot is inked or not: only the softness of its edge lies between."""
        inked = card.ink(EU, FLAWLESS, 18).image
        assert {0.0, 1.0} <= set(np.unique(inked).tolist())
        assert ((inked < 0.05) | (inked > 0.95)).mean() > 0.8

    def test_spread_is_as_wide_as_it_is_said_to_be(self) -> None:
        """A line through the middle of a finder pattern crosses six edges, and each moves by half a dot."""
        thin, thick = (card.ink(COHORT, FLAWLESS.with_(**{"ink spread": by}), 25).image for by in (0.0, 0.5))
        module = len(thin) / COHORT.side
        through = round(7.5 * module)
        finder = slice(0, round(11.5 * module))
        assert (thick[through, finder].sum() - thin[through, finder].sum()) / card.STEPS == pytest.approx(3, abs=0.3)


class TestPictures:
    def test_a_lot_gives_the_same_picture_each_time(self) -> None:
        for number in (3, 8, 11, 12):
            first, again = (Trial(REVOCABLE, 18).scene(number).picture(REVOCABLE) for _ in range(2))
            assert first.shape == (480, 640)
            assert (first == again).all()

    def test_the_order_of_kinds_makes_no_difference(self) -> None:
        scene, other = Trial(COHORT, 25).scene(10), Trial(COHORT, 25).scene(10)
        scene.picture(EU)
        assert (scene.picture(COHORT) == other.picture(COHORT)).all()

    @every_width
    def test_kinds_differ_only_where_the_code_is(self, width_mm: float) -> None:
        for number in (3, 7, 10, 11):
            scene = Trial(COHORT, width_mm).scene(number)
            differs = scene.light(COHORT) != scene.light(EU)
            left, top, width, height = scene.around
            assert differs[top : top + height, left : left + width].any()
            differs[top : top + height, left : left + width] = False
            assert not differs.any()

    def test_a_dark_neighbour_ends_where_the_quiet_zone_begins(self) -> None:
        table = card.table(card.DARK_ALL_AROUND, 25)
        middle, half = len(table.image) // 2, round(12.5 * table.px_per_mm)
        column = table.image[:, table.image.shape[1] // 2]
        assert column[middle - half] == np.float32(card.WHITE)
        assert column[middle - half - 1] < 0.3

    @every_kind
    @every_reader
    def test_every_reader_reads_every_flawless_picture(self, kind: Kind, reader: Reader) -> None:
        assert reads(reader, flawless(kind), kind.text(FLAWLESS.number))

    @every_reader
    def test_another_text_does_not_count(self, reader: Reader) -> None:
        picture = flawless(COHORT)
        assert not reads(reader, picture, COHORT.text(FLAWLESS.number + 1))
        assert not reads(reader, picture, COHORT.text(FLAWLESS.number)[:-1])

    @every_reader
    @pytest.mark.parametrize("hopeless", [{"distance": 900}, {"focus": 40}, {"ink": card.WHITE}, {"glare": 1e6}])
    def test_a_hopeless_picture_counts_as_not_read(self, reader: Reader, hopeless: dict[str, float]) -> None:
        picture = Scene(FLAWLESS.with_(**hopeless), 25).picture(COHORT)
        assert not reads(reader, picture, COHORT.text(FLAWLESS.number))


class TestTally:
    OURS, CLAIM, CERTIFICATE = (Trial(kind, 25) for kind in (COHORT, CLAIM_169, EU))

    def results(self) -> dict[tuple[Trial, str], object]:
        read = {
            self.OURS: [True, True, False, False, True],
            self.CLAIM: [True, False, True, False, False],
            self.CERTIFICATE: [False, False, False, False, True],
        }
        return {(trial, "zxing-cpp"): np.array(found) for trial, found in read.items()}

    def test_the_share_is_of_the_pictures_in_which_any_is_read(self) -> None:
        others = [self.CLAIM, self.CERTIFICATE]
        assert "75.0 of 4" in tally.beside(self.results(), [self.OURS], others, ["zxing-cpp"])
        assert tally.missed(self.results(), self.OURS, others, "zxing-cpp") == f"{draw(2).hard} 1"
