"""Times as a line or an option names them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from workflow import InputError
from workflow.batch import parse_time


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31T08:00:00Z", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        ("2026-01-31T16:00+08:00", datetime(2026, 1, 31, 16, tzinfo=timezone(timedelta(hours=8)))),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
    ],
)
def test_a_moment_has_a_zone_and_a_day_alone_begins_in_utc(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment
    assert parse_time(text).utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-01-31T08:00:00", "naive_time"),
        ("20260131", "naive_time"),
        ("2026-02-30", "bad_time"),
        ("٢٠٢٦-٠١-٣١", "bad_time"),
        ("soon", "bad_time"),
        ("", "bad_time"),
    ],
)
def test_what_is_no_moment(text: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_time(text)
    assert refused.value.code == code
