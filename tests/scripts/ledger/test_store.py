"""What every store promises, held against both kinds."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from scripts.ledger.bucket import BucketStore
from scripts.ledger.store import LONGEST, Store, Stored, is_key
from tests.scripts.ledger.stores import KEY, Buckets, folder_store, lost

WRITERS = 8


def stored(store: Store, key: str = KEY) -> Stored:
    found = store.read(key)
    assert found
    return found


def test_what_was_never_written_is_nothing(store: Store) -> None:
    assert store.read(KEY) is None
    assert store.list("") == store.list("releases/pr-12/") == []


def test_what_is_created_is_read_back_byte_by_byte(store: Store) -> None:
    assert store.create(KEY, content := b"\x00\xff\r\n{}" + "ä".encode())
    assert stored(store).data == content


def test_a_key_is_created_once(store: Store) -> None:
    assert store.create(KEY, b"first")
    assert not store.create(KEY, b"second")
    assert not store.create(KEY, b"first")
    assert stored(store).data == b"first"


def test_what_is_replaced_is_what_was_read(store: Store) -> None:
    store.create(KEY, b"first")
    etag = stored(store).etag
    assert store.replace(KEY, b"second", etag)
    assert not store.replace(KEY, b"third", etag)
    assert stored(store).data == b"second"


def test_nothing_cannot_be_replaced(store: Store) -> None:
    store.create("other.json", b"")
    assert not store.replace(KEY, b"", stored(store, "other.json").etag)
    assert store.read(KEY) is None


def test_a_list_has_what_is_below_a_folder_in_order(store: Store) -> None:
    keys = ["a/b.json", "a-b/c.json", "a/b/c.json", "a/a.json"]
    for key in keys:
        store.create(key, b"")
    assert store.list("") == sorted(keys)
    assert store.list("a/") == ["a/a.json", "a/b.json", "a/b/c.json"]
    assert store.list("a/b/") == ["a/b/c.json"]


@pytest.mark.parametrize("make", ["create", "replace"])
def test_of_many_who_write_at_once_one_wins_and_knows(store: Store, make: str) -> None:
    store.create(KEY, b"before")
    etag, key = stored(store).etag, "new.json" if make == "create" else KEY
    together = Barrier(WRITERS)

    def write(number: int) -> int | None:
        content = b"%d" % number
        together.wait()
        written = store.create(key, content) if make == "create" else store.replace(key, content, etag)
        return number if written else None

    with ThreadPoolExecutor(WRITERS) as pool:
        winners = [number for number in pool.map(write, range(WRITERS)) if number is not None]
    assert len(winners) == 1
    assert stored(store, key).data == b"%d" % winners[0]


NO_KEYS = [
    "", "a", "a.json/", "/a.json", "a//b.json", "../a.json", "a/../b.json", ".a.json", "A.json", "a b.json",
    "a.json/b.json", "ä.json", "a\n.json", "a.json\n", f"{'a' * LONGEST}.json",
]  # fmt: skip


@pytest.mark.parametrize("key", NO_KEYS)
def test_what_is_no_key_is_refused_before_anything_is_asked(store: Store, key: str) -> None:
    for act in (lambda: store.create(key, b""), lambda: store.replace(key, b"", "x"), lambda: store.read(key)):
        with pytest.raises(ValueError, match="no key of the ledger"):
            act()


@pytest.mark.parametrize("prefix", ["a", "/", "a.json/", "../", "A/", "a//"])
def test_a_prefix_is_a_whole_folder(store: Store, prefix: str) -> None:
    with pytest.raises(ValueError, match="no folder of the ledger"):
        store.list(prefix)


KEYS = st.sampled_from(["a.json", "a/b.json", "a/c.json", "b/a.json"])
CONTENT = st.binary(max_size=3)


class AsOne(RuleBasedStateMachine):
    """A store beside a dict; now and then the answer to a write is lost, or the program begins anew."""

    def __init__(self, empty: Callable[[], tuple[Store, Callable[[], None]]]) -> None:
        """`empty` makes a store in an empty place, and what loses its next answer."""
        super().__init__()
        self.known: dict[str, bytes] = {}
        self.old = ["0" * 32]
        self.store, self.lose = empty()

    @rule()
    def the_next_answer_is_lost(self) -> None:
        self.lose()

    @rule(key=KEYS, data=CONTENT)
    def create(self, key: str, data: bytes) -> None:
        assert self.store.create(key, data) == (key not in self.known)
        self.known.setdefault(key, data)

    @rule(key=KEYS, data=CONTENT)
    def replace_what_is_there(self, key: str, data: bytes) -> None:
        found = self.store.read(key)
        assert (found is not None) == (key in self.known)
        if found:
            self.old.append(found.etag)
            assert self.store.replace(key, data, found.etag)
            self.known[key] = data

    @rule(key=KEYS, data=CONTENT, choose=st.integers(min_value=0))
    def replace_what_was_there(self, key: str, data: bytes, choose: int) -> None:
        etag = self.old[choose % len(self.old)]
        found = self.store.read(key)
        if found is None or found.etag != etag:
            assert not self.store.replace(key, data, etag)

    def teardown(self) -> None:
        """All is as it was written."""
        assert self.store.list("") == sorted(self.known)
        assert self.store.list("a/") == sorted(key for key in self.known if key.startswith("a/"))
        for key, data in self.known.items():
            assert stored(self.store, key).data == data


@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_a_store_is_a_dict_that_knows_who_was_first(kind: str, s3: Buckets) -> None:
    def folder() -> tuple[Store, Callable[[], None]]:
        return folder_store(Path(tempfile.mkdtemp(dir=places))), lambda: None

    def bucket() -> tuple[Store, Callable[[], None]]:
        failing, store = s3.failing()
        # One at a time: an answer that is lost and what another makes of it are told apart in test_bucket.py
        return store, lambda: failing.faults.update(put_object=[lost])

    with ExitStack() as ended:
        places = ended.enter_context(tempfile.TemporaryDirectory())
        examples, empty = (30, folder) if kind == "folder" else (10, bucket)
        machine: Any = partial(AsOne, empty)  # a class, or whatever makes one
        run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=20))


def test_keys_are_told_from_what_else_lies_in_a_store() -> None:
    assert is_key(KEY)
    assert not any(map(is_key, NO_KEYS))


def test_a_bucket_of_another_account_is_asked_for_nothing(s3: Buckets) -> None:
    calls: list[dict[str, object]] = []
    s3.aws.s3.meta.events.register("before-parameter-build.s3", lambda params, **_: calls.append(params))
    store = BucketStore(s3.aws, s3.new(), "999999999999")
    store.create(KEY, b"")
    store.list("")
    store.read(KEY)
    assert [call["ExpectedBucketOwner"] for call in calls] == ["999999999999"] * len(calls)
