"""A job comes out of its JSON as it went in."""

from __future__ import annotations

from source_pinterest.load.job import Job

JOB = Job(
    "my.json",
    {"credentials": {"auth_method": "access_token", "access_token": "pina_token_of_mine"}},
    {"streams": []},
    "duckdb",
    "data.duckdb",
    "pinterest",
    "data.duckdb.load/pinterest",
    ("python", "-m", "source_pinterest"),
)


def test_a_job_is_the_same_after_its_way_through_json() -> None:
    assert Job.from_json(JOB.as_json()) == JOB
