"""moto's images are there for who looks, and cost nobody else anything."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

from moto.ec2.models import ec2_backends
from moto.ec2.models.elastic_block_store import Snapshot

from tests.sandbox.conftest import MakeWorld


def test_images_are_made_when_somebody_first_looks_and_for_all_who_look(make_world: MakeWorld) -> None:
    world = make_world()
    backend = ec2_backends[world.account_id][world.region]
    backend.describe_vpcs()
    snapshots: dict[str, Snapshot] = backend.snapshots
    assert not snapshots
    with ThreadPoolExecutor(4) as several:
        counts = set(several.map(lambda _: len(world.client("ec2").describe_images()["Images"]), repeat(None, 4)))
    assert counts == {len(backend.amis)} != {0}
    assert snapshots


def test_an_account_that_begins_anew_has_its_images_again(make_world: MakeWorld) -> None:
    world = make_world()
    backend = ec2_backends[world.account_id][world.region]
    known = set(backend.amis)
    backend.deregister_image(min(known))
    backend.reset()
    assert set(backend.amis) == known
