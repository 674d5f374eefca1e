"""Years and regions left out: which sources are the test, and what cannot be."""

from __future__ import annotations

import pytest

from backend.errors import InputError
from training.schemes import SCHEMES, Origin, held_out_sources

SOURCES = (
    Origin("jura_2018", 2018, "jura"),
    Origin("jura_2019", 2019, "jura"),
    Origin("beauce_2019", 2019, "beauce"),
)


def test_all_sources_of_a_year_are_left_out() -> None:
    assert held_out_sources("leave_year_out", SOURCES, 2019) == (False, True, True)
    assert held_out_sources("leave_year_out", SOURCES, "2018") == (True, False, False)


def test_all_years_of_a_region_are_left_out() -> None:
    assert held_out_sources("leave_region_out", SOURCES, "jura") == (True, True, False)
    assert held_out_sources("leave_region_out", [Origin("a", None, "31"), Origin("b", None, "32")], 31) == (True, False)


@pytest.mark.parametrize("scheme", ["blocks", "folds"])
def test_blocks_and_folds_leave_no_source_out(scheme: str) -> None:
    assert scheme in SCHEMES
    assert held_out_sources(scheme, [Origin("a", None, None), *SOURCES], None) == (False,) * 4


@pytest.mark.parametrize(
    ("scheme", "sources", "held_out", "message"),
    [
        ("leave_years_out", SOURCES, 2018, r"no scheme of splits 'leave_years_out' \(nearest: 'leave_year_out'\)"),
        ("leave_year_out", SOURCES, None, r"leave_year_out needs 'held_out', the year of the test"),
        ("leave_region_out", SOURCES, " ", r"leave_region_out needs 'held_out', the region of the test"),
        ("leave_year_out", SOURCES, 2017, r"No source has the year '2017' .* \(there are: 2018, 2019\)"),
        ("leave_region_out", SOURCES, "bauce", r"No source has the region 'bauce' .* \(nearest: 'beauce'\)"),
        ("leave_year_out", (), 2017, r"No source has the year '2017' that is to be held out\."),
        ("leave_year_out", (*SOURCES, Origin("x", None, "jura")), 2019, r"'x' does not say its year"),
        ("leave_region_out", (*SOURCES, Origin("x", 2018, None)), "jura", r"'x' does not say its region"),
        ("leave_region_out", SOURCES[:2], "jura", r"All 2 sources have the region 'jura' .* none is left to train on"),
    ],
)
def test_what_cannot_be_left_out_is_told(
    scheme: str, sources: tuple[Origin, ...], held_out: int | str | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        held_out_sources(scheme, sources, held_out)
