"""moto's images are there for who looks, and cost nobody else anything."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.models.elastic_block_store import Snapshot

from tests.sandbox.conftest import MakeWorld

IMAGE = "ami-12c6146b"
PATTERN: Any = [{"Name": "image-id", "Values": ["ami-12c6*"]}]


def test_images_are_made_when_somebody_first_looks_and_for_all_who_look(make_world: MakeWorld) -> None:
    world = make_world()
    backend = ec2_backends[world.account_id][world.region]
    backend.describe_vpcs()
    snapshots: dict[str, Snapshot] = backend.snapshots
    assert not snapshots
    with ThreadPoolExecutor(4) as several:
        counts = set(several.map(lambda _: len(backend.describe_images()), repeat(None, 4)))
    assert counts == {len(backend.amis)} != {0}
    assert snapshots


def test_an_image_that_is_asked_for_by_its_id_is_made_alone_and_stays_what_it_is(make_world: MakeWorld) -> None:
    world = make_world()
    backend = ec2_backends[world.account_id][world.region]
    ec2 = world.client("ec2")
    known = ec2.describe_images(ImageIds=[IMAGE])["Images"]
    assert [image["ImageId"] for image in known] == [IMAGE]
    by_id = [{"Name": "image-id", "Values": [IMAGE]}]
    assert ec2.describe_images(Filters=by_id)["Images"] == known
    assert len(backend.snapshots) == 1
    assert IMAGE in {image["ImageId"] for image in ec2.describe_images(Filters=PATTERN)["Images"]}
    assert ec2.describe_images(Filters=by_id)["Images"] == known
    with pytest.raises(ClientError, match=r"InvalidAMIID\.NotFound"):
        ec2.describe_images(ImageIds=["ami-00000000000000000"])
    ec2.deregister_image(ImageId=IMAGE)
    assert ec2.describe_images(Filters=by_id)["Images"] == []


def test_an_account_that_begins_anew_has_its_images_again(make_world: MakeWorld) -> None:
    world = make_world()
    backend = ec2_backends[world.account_id][world.region]
    known = set(backend.amis)
    backend.deregister_image(min(known))
    backend.reset()
    assert set(backend.amis) == known
