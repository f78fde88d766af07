"""The names of codes and columns."""

from source_pinterest.streams.lists.look_ups import DeliveryMetrics, TargetingOptions
from unit_tests.streams.lists.pinterest import Pinterest, context, page, read


def test_every_targeting_type_is_asked_for_and_stands_in_its_records():
    def options(*names):
        return [dict.fromkeys([name], f"Label of {name}") for name in names]

    stream = TargetingOptions(context(Pinterest()))
    types = [each["targeting_type"] for each in stream.slices(None)]
    answers = {f"/resources/targeting/{each}": options(each) for each in types}
    answers[f"/resources/targeting/{types[0]}"] = None  # a type without options

    records, error = read(TargetingOptions, answers)

    assert error == ""
    assert "GENDER" in types
    assert [each["targeting_type"] for each in records] == types[1:]
    assert records[0]["name"] == f"Label of {types[1]}"


def test_a_metric_is_one_record_that_says_which_reports_have_it():
    def metrics(params):
        both = {"name": "CTR", "category": "ADS", "definition": "A ratio."}
        only = {"name": f"ONLY_{params['report_type']}", "category": "ADS"}
        return page(both, only)

    stream = DeliveryMetrics(context(Pinterest({"/resources/delivery_metrics": metrics})))

    found = {each["name"]: each for each in stream.read_records(stream_slice={})}

    assert {
        name: (each["is_synchronous"], each["is_asynchronous"]) for name, each in found.items()
    } == {"CTR": (True, True), "ONLY_SYNC": (True, False), "ONLY_ASYNC": (False, True)}
    assert [*stream.slices(None)] == [{}]
