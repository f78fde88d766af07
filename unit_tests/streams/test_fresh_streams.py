"""A stream that was only made can be read, as the CDK's own tools read it."""

from __future__ import annotations

from typing import Any

import pytest
from airbyte_cdk.models import SyncMode

from source_pinterest.streams.base import PinterestStream
from source_pinterest.streams.registry import STREAMS, streams_of
from unit_tests.streams.pinterest import Pinterest, context

EVERY_STREAM = pytest.mark.parametrize("stream", STREAMS, ids=lambda each: each.__name__)


def key_of(stream: PinterestStream, record: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(record[name] for name in stream.primary_key)  # type: ignore[union-attr, index]


@EVERY_STREAM
def test_a_fresh_stream_has_all_its_records(stream):
    made = stream(context(Pinterest()))

    records = [dict(each) for each in made.read_records(SyncMode.full_refresh)]

    keys = [key_of(made, record) for record in records]
    assert keys
    assert len(set(keys)) == len(keys)


@EVERY_STREAM
def test_slice_by_slice_it_has_the_same_records(stream):
    whole = [
        dict(each) for each in stream(context(Pinterest())).read_records(SyncMode.full_refresh)
    ]
    sync = context(Pinterest())

    slices = list(stream(sync).stream_slices(sync_mode=SyncMode.full_refresh))
    found = [
        dict(record)
        for each in slices
        for record in stream(sync).read_records(SyncMode.full_refresh, stream_slice=each)
    ]

    assert found == whole


@EVERY_STREAM
def test_the_cdk_itself_reads_it(stream):
    whole = [
        dict(each) for each in stream(context(Pinterest())).read_records(SyncMode.full_refresh)
    ]

    made = stream(context(Pinterest()))
    records = [dict(each) for each in made.read_only_records()]

    assert records == whole


def ours(stream: PinterestStream) -> list[str]:
    return [each.__name__ for each in type(stream).__mro__ if each.__module__.startswith("source_")]


def test_no_more_than_four_classes_of_ours_make_a_stream():
    """The leaf, its family, AnalyticsStream or ListStream, PinterestStream."""
    report = {"name": "mine", "level": "ad", "columns": ["CTR"]}
    custom = context(Pinterest(), custom_reports=[report]).config.custom_reports

    deep = {each.name: ours(each) for each in streams_of(custom) if len(ours(each)) > 4}

    assert deep == {}


def test_what_a_family_overrides_is_public():
    for stream in STREAMS:
        of_ours = [each for each in stream.__mro__ if each.__module__.startswith("source_")]
        for number, lower in enumerate(of_ours):
            private = {name for name in vars(lower) if name.startswith("_") and name[1] != "_"}
            private -= {"_abc_impl"}
            for higher in of_ours[number + 1 :]:
                assert not private & vars(higher).keys(), (lower, higher)
