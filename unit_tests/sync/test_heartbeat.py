"""Who waits for long repeats the state, so that a platform knows that somebody is there."""

from concurrent.futures import Future

from source_pinterest.sync.heartbeat import states_until


def test_the_state_is_repeated_until_the_future_is_there():
    future: Future[str] = Future()
    said = []

    for number, message in enumerate(states_until(future, lambda: "a state", 0)):  # type: ignore[arg-type, return-value]
        said.append(message)
        if number == 2:
            future.set_result("done")

    assert said == ["a state"] * 3


def test_an_error_ends_the_waiting_and_stays_the_readers():
    future: Future[str] = Future()
    future.set_exception(ValueError("no"))

    assert list(states_until(future, lambda: "a state", 0)) == []  # type: ignore[arg-type, return-value]


def test_a_time_out_that_is_the_result_is_no_reason_to_wait():
    future: Future[str] = Future()
    future.set_exception(TimeoutError())

    assert list(states_until(future, lambda: "a state", 0)) == []  # type: ignore[arg-type, return-value]
