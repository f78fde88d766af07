"""What the connector does about beliefs that no other test is about."""

from integration_tests.conftest import connector
from integration_tests.connector import configured


def test_the_pins_on_protected_boards_are_asked_for(pinterest, discovered):
    output = connector(pinterest).read(configured(discovered, ["pins"]))

    lists = [each for each in pinterest.requests if each.operation == "GET /pins"]
    assert output.exit_code == 0
    assert lists
    assert {tuple(each.params["include_protected_pins"]) for each in lists} == {("true",)}
