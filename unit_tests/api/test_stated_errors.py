"""Which bodies with a status of success say that the request has failed."""

import pytest

from source_pinterest.api.stated_errors import states_error

ITEMS = [{"id": "7", "code": 12, "message": "a field of its own", "error": "another"}]
WENT_WRONG = {"code": 12, "message": "Something went wrong on our end."}


@pytest.mark.parametrize(
    "error",
    [
        WENT_WRONG,
        {"code": "12"},
        {"code": 2.0},
        {"status": "failure", "message": "Authentication failed."},
        {"error": "temporarily_unavailable"},
        {"error": WENT_WRONG, "message": None},
        {"errors": [WENT_WRONG]},
        {**WENT_WRONG, "error": "two of them"},
    ],
)
@pytest.mark.parametrize(
    "content",
    [{}, {"items": [], "bookmark": None}, {"items": ITEMS}, {"data": []}, {"all": {}}],
    ids=["nothing", "no items", "items", "no data", "no days"],
)
def test_an_error_beside_the_content_says_that_the_request_has_failed(content, error):
    assert states_error({**content, **error})


@pytest.mark.parametrize("field", ["message", "message_detail"])
@pytest.mark.parametrize("content", [{}, {"items": [], "bookmark": None}, {"data": []}])
def test_a_message_says_so_only_in_a_body_without_content(content, field):
    assert states_error({**content, field: "Internal error"})
    assert not states_error({**content, field: "Internal error", "bookmark": "next"})
    assert not states_error({**content, field: "Internal error", "items": ITEMS})


@pytest.mark.parametrize(
    "body",
    [
        {"items": ITEMS, "bookmark": None},
        {"items": [], "bookmark": None},
        {"items": [], "bookmark": None, "code": 0, "message": None, "error": None, "errors": []},
        {"items": [], "code": False, "status": "success", "message": ""},
        {"items": ITEMS, "code": "0", "message": "ok"},
        {"items": ITEMS, "code": "ES", "status": "ACTIVE"},
        {"token": "t", "report_status": "FINISHED", "message": "This job has finished."},
        [WENT_WRONG],
        "Something went wrong.",
        None,
    ],
)
def test_what_is_no_error_is_none(body):
    assert not states_error(body)
