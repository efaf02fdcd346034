from __future__ import annotations

from benchmarks.table import Table


def test_a_table_is_markdown_with_its_numbers_to_the_right() -> None:
    table = Table("Speed", ("measured", "time"), [("verify", "1 s")], "Read it so.")
    assert table.markdown().splitlines() == [
        "### Speed",
        "",
        "| measured | time |",
        "| --- | ---: |",
        "| verify | 1 s |",
        "",
        "Read it so.",
    ]
