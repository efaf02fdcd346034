"""Release notes in the records bucket: as in a folder, and of two who write at once nobody loses anything."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any

import pytest
from moto.moto_api._internal.models import moto_api_backend

from scripts.errors import ReleaseError, UnreachableError
from scripts.recording.bucket_shelf import Bucket
from scripts.recording.shelf import put
from tests.scripts.ledger.stores import Buckets, FailingS3, answered, buckets, lost
from tests.scripts.recording.records import record

NAME = "2026-03-10-release-notes.md"


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buckets]:
    with pytest.MonkeyPatch.context() as environment:
        for proxy in ("http_proxy", "HTTP_PROXY"):
            environment.delenv(proxy, raising=False)
        moto_api_backend.reset()
        with buckets(tmp_path_factory.mktemp("sandbox") / "home") as made:
            yield made


@pytest.fixture
def failing(s3: Buckets) -> FailingS3:
    return FailingS3(s3.aws.s3)


@pytest.fixture
def shelf(s3: Buckets, failing: FailingS3) -> Bucket:
    stand_in: Any = failing
    return Bucket(stand_in, s3.new(), s3.account_id)


def test_the_notes_are_there_under_their_name(shelf: Bucket) -> None:
    done = put(shelf, record())
    assert done.where.endswith(f"/releases/{NAME}")
    assert shelf.read(NAME) == done.notes
    assert not put(shelf, record()).changed


def test_peoples_words_stay_and_a_second_release_of_the_day_has_its_own(shelf: Bucket) -> None:
    put(shelf, record())
    before = shelf.read(NAME) or ""
    assert shelf.replace(NAME, f"{before}\nOurs.\n", before)
    put(shelf, record(issues=("late",)))
    assert put(shelf, record(release="pr-13")).where.endswith("-2.md")
    now = shelf.read(NAME) or ""
    assert now.endswith("\nOurs.\n")
    assert "- late" in now


def test_what_somebody_wrote_meanwhile_is_not_written_over(shelf: Bucket, failing: FailingS3) -> None:
    notes = put(shelf, record()).notes
    assert shelf.read(NAME) == notes

    def meanwhile(call: Any) -> Any:
        other = copy(shelf)
        other.replace(NAME, f"{notes}\nMeanwhile.\n", notes)
        return call()

    failing.fail("put_object", meanwhile)
    assert "Meanwhile." in put(shelf, record(issues=("late",))).notes


def test_a_write_whose_answer_was_lost_is_found_by_the_next_run(shelf: Bucket, failing: FailingS3) -> None:
    failing.fail("put_object", lost)
    with pytest.raises(UnreachableError):
        put(shelf, record())
    assert not put(shelf, record()).changed
    assert shelf.read("2026-03-10-release-notes-2.md") is None


@pytest.mark.parametrize("fault", [answered("AccessDenied", 403), answered("NoSuchBucket", 404)])
def test_a_bucket_that_cannot_be_used_is_told(shelf: Bucket, failing: FailingS3, fault: Any) -> None:
    failing.fail("get_object", fault)
    with pytest.raises(ReleaseError):
        put(shelf, record())
