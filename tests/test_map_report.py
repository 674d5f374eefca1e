"""The page of a finished map: what it says, that it is whole, and that names stay text whatever they hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scenes
from html_page import HtmlPage

from backend.evidence_summary import evidence_summary
from backend.report import report_page, write_report

PNG = b"\x89PNG picture"


def date_row(day: str, share: float | None = 1.0, reason: str = "") -> dict[str, Any]:
    return {"date": day, "clear_share": share, "used": not reason, "reason": reason, "sensor": "S2A", "granules": 1}


def crop(code: int, title: str, cells: int) -> dict[str, Any]:
    return {"code": code, "title": title, "color": "#e8c547", "cells": cells, "area_ha_biased": cells / 100}


def record(**more: Any) -> dict[str, Any]:
    """What run_record gives, made by hand."""
    return {
        "schema": "cscl-map-run/2",
        "started": "2018-10-02T07:05:09+00:00",
        "request": {"series": ["/in"], "out": "/maps/valley", "region": None, "until": "", "bands": ["B02", "B03"]},
        "model": {"name": "tiny", "version": "0.0.1", "sha256": "sha256:ab", "card": "tiny 0.0.1\ntested  here: 0.9"},
        "inputs": [
            {"path": "/in/a.tif", "size": 9999, "modified": "2018-10-01T00:00:00", "sha256": "sha256:cd", "parts": 16}
        ],
        "dates": [date_row("2018-04-20"), date_row("2018-05-20", 0.01, "1.0% clear, less than 5%")],
        "superseded": [],
        "radiometry": [],
        "device": {"device": "cpu", "provider": "CPUExecutionProvider", "reason": "asked for", "fell_back": False},
        "tiles": {"computed": 3, "skipped": 1},
        "summary": {
            "dates_used": 1, "dates_found": 2, "mapped_cells": 400, "mapped_ha": 4.0, "note": "Counted, so biased.",
            "classes": [crop(0, "No parcel", 100), crop(1, "Wheat", 300), crop(5, "Maize", 0)],
        },
        "warnings": ["2018-05-20 is not used."],
        "outputs": {"crop_type": {"file": "crop_type.tif", "size": 99, "sha256": "sha256:ef"}},
        "seconds": {"map": 60.0, "total": 75.0},
        "versions": {"cscl": "0.1.0"},
        **more,
    }  # fmt: skip


def shown(**more: Any) -> HtmlPage:
    return HtmlPage(report_page(record(**more), PNG))


def test_the_page_is_whole_and_loads_nothing() -> None:
    page = shown()
    assert page.faults == []
    assert "script" not in {tag for tag, _ in page.tags}
    places = page.values("src") + page.values("href")
    assert places == ["data:image/png;base64,iVBORyBwaWN0dXJl"]


def test_areas_are_counts_called_biased_with_the_largest_first_and_what_is_nowhere_named() -> None:
    page = shown()
    assert list(page.table("Crop").items())[1:] == [
        ("Wheat", ["", "75 %", "300", "3.00"]),
        ("No parcel", ["", "25 %", "100", "1.00"]),
    ]
    assert "counted (biased)" in page.text
    assert "Counted, so biased. Nowhere on the map: Maize." in page.text


def test_the_dates_stand_there_with_their_clear_share_and_why_one_is_not_used() -> None:
    rows = shown(dates=[*record()["dates"], date_row("2018-07-01", None, "after 2018-06-01")]).table("Date")
    assert rows["2018-04-20"][:3] == ["100 %", "used", ""]
    assert rows["2018-05-20"][:3] == ["1.0 %", "not used", "1.0% clear, less than 5%"]
    assert rows["2018-07-01"][:3] == ["–", "not used", "after 2018-06-01"]


def test_device_seam_score_and_forecast_stand_there_where_they_are_known() -> None:
    assert "Seam score" not in shown().text
    page = shown(
        seams={"score": 1.0213, "margin_95": 0.004},
        forecast={"seconds": 80, "memory_bytes": 2**31, "disk_bytes": 2**29, "happened": {"seconds": 75}},
    )
    assert "Seam score 1.021 ± 0.004" in page.text
    assert "cpu (CPUExecutionProvider): asked for. 3 tiles computed, 1 skipped." in page.text
    tables = {tuple(table[0]): table[1:] for table in page.tables}
    assert tables["", "Forecast", "Happened"] == [
        ["Time", "1 min 20 s", "1 min 15 s"],
        ["Peak memory", "2.00 GiB", "–"],
        ["Disk", "0.50 GiB", "–"],
    ]


def test_a_device_that_fell_back_is_told_at_the_top() -> None:
    device = {**record()["device"], "fell_back": True}
    assert "cpu (fell back)" in shown(device=device).text


def test_the_evidence_is_told_by_the_worst_cells_and_those_in_the_middle(tmp_path: Path) -> None:
    # 20 cells: one with 1 clear date and 90 days without, nineteen with 4 and 30; one outside of the region
    layers = np.stack([np.full((3, 7), 4), np.full((3, 7), 30)]).astype(np.uint16)
    layers[:, 0, 0], layers[:, 2, 6] = (1, 90), 65535
    found = evidence_summary(scenes.write_raster(tmp_path / "evidence.tif", layers, nodata=65535))
    assert found == {
        "cells": 20,
        "clear_dates": [1, 1, 4, 4, 4],
        "longest_gap_days": [30, 30, 30, 30, 90],
        "cells_by_clear_dates": [0, 1, 0, 0, 19],
    }
    page = shown(evidence=found)
    assert "the worst twentieth has 1 clear date or fewer, or goes 30 days or longer" in page.text
    assert list(page.table("Clear dates").items())[1:] == [("1", ["", "5.0 %"]), ("4", ["", "95 %"])]


def test_a_map_without_a_cell_in_evidence_says_nothing_of_it(tmp_path: Path) -> None:
    empty = np.full((2, 3, 3), 65535, np.uint16)
    found = evidence_summary(scenes.write_raster(tmp_path / "evidence.tif", empty, nodata=65535))
    assert (found["cells"], found["clear_dates"]) == (0, None)
    assert "Evidence" not in shown(evidence=found).text


def test_parcels_are_counted_by_crop_with_the_most_frequent_first() -> None:
    page = shown(parcels={"parcels": 5, "without_cells": 1, "classes": {"Maize": 1, "Wheat": 3}})
    assert page.tables[2] == [["", ""], ["parcels", "5"], ["without cells", "1"]]
    assert page.tables[3][1:] == [["Wheat", "", "3", "75 %"], ["Maize", "", "1", "25 %"]]


def test_many_warnings_are_all_there_and_the_last_ones_are_folded() -> None:
    page = shown(warnings=[f"warning {number}" for number in range(30)])
    assert page.items[:30] == [f"warning {number}" for number in range(30)]
    assert "18 more" in page.text


@pytest.mark.parametrize("nasty", ["<script>alert(1)</script>", "a'b\"c & <b>", "</style><img src=x onerror=1>"])
def test_names_and_reasons_are_text_whatever_they_hold(nasty: str) -> None:
    base = record()
    page = shown(
        request={**base["request"], "out": f"/maps/{nasty.replace('/', '-')}", "series": [nasty]},
        model={**base["model"], "name": nasty, "card": nasty},
        warnings=[nasty],
        dates=[date_row("2018-04-20", 0.0, nasty)],
        superseded=[{"label": nasty, "reason": nasty}],
        radiometry=[{"date": "2018-04-20", "message": nasty}],
        inputs=[{**base["inputs"][0], "path": nasty}],
        summary={**base["summary"], "classes": [crop(1, nasty, 9)]},
        parcels={nasty: nasty, "classes": {nasty: 1}},
    )
    assert page.faults == []
    assert "script" not in {tag for tag, _ in page.tags}
    assert [attributes.get("src", "")[:5] for tag, attributes in page.tags if tag == "img"] == ["data:"]
    assert page.text.count(nasty) >= 5


def test_the_page_is_written_from_the_record_and_the_picture(tmp_path: Path) -> None:
    (tmp_path / "quicklook.png").write_bytes(PNG)
    write_report(tmp_path / "report.html", record(), tmp_path / "quicklook.png")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == report_page(record(), PNG)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["quicklook.png", "report.html"]
