"""S3 at its worst: answers that are lost, conflicts, throttling, a bucket that is denied or gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session

from scripts.errors import (
    AccessDeniedError,
    AwsAnswerError,
    CredentialsError,
    PromisedResourceMissingError,
    ReleaseError,
    ThrottledError,
    UndeterminedError,
    UnreachableError,
)
from scripts.ledger.bucket import BucketStore
from tests.scripts.ledger.stores import KEY, Buckets, Fault, answered, lost, unheard

CONFLICT = answered("ConditionalRequestConflict", 409)
DENIED = answered("AccessDenied", 403)
SLOW = answered("SlowDown", 503, retries=3)


def then(first: Fault, second: Callable[[], Any]) -> Fault:
    """What somebody else does after the call, before its end is heard of."""

    def fault(call: Callable[[], Any]) -> Any:
        try:
            return first(call)
        finally:
            second()

    return fault


@pytest.mark.parametrize("fault", [lost, unheard, CONFLICT, SLOW, answered("InternalError", 500)])
@pytest.mark.parametrize("times", [1, 3])
def test_a_creation_goes_on_until_it_is_known_through_lost_answers_409_and_throttling(
    s3: Buckets, fault: Fault, times: int
) -> None:
    failing, store = s3.failing()
    failing.fail("put_object", *[fault] * times)
    assert store.create(KEY, b"mine")
    assert not store.create(KEY, b"another's")


@pytest.mark.parametrize("fault", [lost, unheard, CONFLICT, SLOW])
def test_a_replacement_goes_on_until_it_is_known(s3: Buckets, fault: Fault) -> None:
    failing, store = s3.failing()
    store.create(KEY, b"before")
    before = store.read(KEY)
    assert before
    failing.fail("put_object", fault)
    assert store.replace(KEY, b"mine", before.etag)
    assert not store.replace(KEY, b"another's", before.etag)


@pytest.mark.parametrize("fault", [unheard, CONFLICT, SLOW])
def test_another_who_comes_before_the_next_attempt_has_won_and_412_says_so(s3: Buckets, fault: Fault) -> None:
    failing, store = s3.failing()
    failing.fail("put_object", then(fault, lambda: store.create(KEY, b"another's")))
    assert not store.create(KEY, b"mine")


def test_the_same_bytes_of_another_are_not_ones_own(s3: Buckets) -> None:
    failing, store = s3.failing()
    failing.fail("put_object", then(unheard, lambda: store.create(KEY, b"same")))
    assert not store.create(KEY, b"same")


def test_what_botocore_has_tried_before_it_was_refused_may_have_been_ones_own(s3: Buckets) -> None:
    """An attempt that S3 carried out and answered with an error, as its front ends do when they break."""
    bucket = s3.new()
    broken: list[int] = []

    def front_end(request: Any, **_: Any) -> AWSResponse | None:
        if broken or request.method != "PUT":
            return None
        broken.append(URLLib3Session().send(request).status_code)
        headers: Any = {"x-amz-request-id": "1"}
        return AWSResponse(request.url, 500, headers, Raw())

    instead_of_sending: Any = front_end
    events = s3.aws.s3.meta.events
    events.register("before-send.s3", instead_of_sending)
    try:
        assert BucketStore(s3.aws, bucket, s3.account_id, pause=lambda _: None).create(KEY, b"mine")
    finally:
        events.unregister("before-send.s3", instead_of_sending)
    assert broken == [200]


class Raw:
    """An empty body."""

    def stream(self, **_: Any) -> Any:
        yield b""


def refused_by_its_own_first_attempt(call: Callable[[], Any]) -> Any:
    """As botocore tells of a write that S3 has made, and of which it heard nothing."""
    call()
    return answered("PreconditionFailed", 412, retries=1)(call)


@pytest.mark.parametrize("fault", [lost, refused_by_its_own_first_attempt])
def test_a_creation_that_was_made_and_replaced_before_it_is_known_is_told_as_not_known(
    s3: Buckets, fault: Fault
) -> None:
    failing, store = s3.failing()

    def replace() -> None:
        found = store.read(KEY)
        assert found
        store.replace(KEY, b"another's", found.etag)

    failing.fail("put_object", then(fault, replace))
    with pytest.raises(UndeterminedError, match=r"Whether .* was written is not known"):
        store.create(KEY, b"mine")


def test_a_replacement_that_was_replaced_before_it_is_known_is_told_as_not_known(s3: Buckets) -> None:
    failing, store = s3.failing()
    store.create(KEY, b"before")
    before = store.read(KEY)
    assert before

    def replace() -> None:
        found = store.read(KEY)
        assert found
        store.replace(KEY, b"another's", found.etag)

    failing.fail("put_object", then(lost, replace))
    with pytest.raises(UndeterminedError, match=r"Whether .* was written is not known"):
        store.replace(KEY, b"mine", before.etag)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (CONFLICT, AwsAnswerError),
        (unheard, UnreachableError),
        (SLOW, ThrottledError),
        (answered("InternalError", 500), AwsAnswerError),
    ],
)
def test_it_ends_after_five_attempts_with_the_cause(s3: Buckets, fault: Fault, error: type[ReleaseError]) -> None:
    failing, store = s3.failing()
    failing.fail("put_object", *[fault] * 6)
    with pytest.raises(error):
        store.create(KEY, b"")
    assert failing.calls.count("put_object") == 5
    assert store.read(KEY) is None


@pytest.mark.parametrize(
    ("fault", "error"), [(DENIED, AccessDeniedError), (answered("ExpiredToken", 400), CredentialsError)]
)
def test_what_no_attempt_mends_is_told_at_once(s3: Buckets, fault: Fault, error: type[ReleaseError]) -> None:
    failing, store = s3.failing()
    failing.fail("put_object", fault)
    with pytest.raises(error):
        store.create(KEY, b"")
    assert failing.calls == ["put_object"]


def test_a_denial_says_which_permission_is_missing(s3: Buckets) -> None:
    failing, store = s3.failing()
    failing.fail("put_object", DENIED)
    with pytest.raises(AccessDeniedError, match="s3:PutObject") as told:
        store.create(KEY, b"")
    assert "release iam-policy" in told.value.fix


def test_a_bucket_denied_between_a_lost_answer_and_the_look_is_an_error_and_the_next_run_sees_what_was_written(
    s3: Buckets,
) -> None:
    failing, store = s3.failing()
    failing.fail("put_object", lost)
    failing.fail("get_object", DENIED)
    with pytest.raises(AccessDeniedError):
        store.create(KEY, b"mine")
    found = store.read(KEY)
    assert found
    assert found.data == b"mine"


@pytest.mark.parametrize("operation", ["get_object", "get_paginator"])
def test_what_cannot_be_read_is_never_nothing(s3: Buckets, operation: str) -> None:
    failing, store = s3.failing()
    failing.fail(operation, DENIED)
    with pytest.raises(AccessDeniedError):
        store.read(KEY) if operation == "get_object" else store.list("")


@pytest.mark.parametrize(
    "act", [lambda store: store.read(KEY), lambda store: store.list(""), lambda store: store.create(KEY, b"")]
)
def test_a_bucket_that_is_gone_is_what_the_outputs_promised(s3: Buckets, act: Callable[[BucketStore], Any]) -> None:
    store = BucketStore(s3.aws, "gone", s3.account_id)
    with pytest.raises(PromisedResourceMissingError, match="records bucket gone is not there"):
        act(store)


def test_what_somebody_has_deleted_can_be_created_anew(s3: Buckets) -> None:
    bucket = s3.new()
    store = BucketStore(s3.aws, bucket, s3.account_id)
    store.create(KEY, b"first")
    s3.remove(bucket, KEY)
    assert store.read(KEY) is None
    assert store.create(KEY, b"second")


def test_nothing_has_an_empty_etag(s3: Buckets) -> None:
    store = BucketStore(s3.aws, s3.new(), s3.account_id)
    store.create(KEY, b"")
    with pytest.raises(ValueError, match="empty etag"):
        store.replace(KEY, b"", "")


def test_a_list_of_more_than_a_page_is_whole(s3: Buckets) -> None:
    failing, store = s3.failing()
    for number in range(5):
        store.create(f"{number}.json", b"")

    def small_pages(call: Callable[[], Any]) -> Any:
        paginator = call()
        paginate = paginator.paginate
        paginator.paginate = lambda **given: paginate(**given, PaginationConfig={"PageSize": 2})
        return paginator

    failing.fail("get_paginator", small_pages)
    assert len(store.list("")) == 5
