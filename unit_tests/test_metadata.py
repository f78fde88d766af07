"""metadata.yaml and what repeats it: the platform, the image and the reader are told the same."""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml

from source_pinterest.config.config import BASE_URL, BASE_URLS
from source_pinterest.streams.registry import SUGGESTED

ROOT = Path(__file__).parent.parent
METADATA: dict[str, Any] = yaml.safe_load((ROOT / "metadata.yaml").read_text())
DATA: dict[str, Any] = METADATA["data"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()

AIRBYTES_OWN_ID = "5cb7e5fe-38c2-11ec-8d3d-0242ac130003"


@pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="airbyte-connector-models needs Python below 3.13"
)
def test_the_file_is_valid_by_airbytes_own_model():
    from airbyte_connector_models.metadata.v0 import connector_metadata_definition_v0 as models

    model = models.ConnectorMetadataDefinitionV0.model_validate(METADATA)

    assert model.data.connector_type.value == "source"


def test_the_image_is_built_on_the_base_and_bears_the_name_of_the_metadata():
    assert f"\nARG BASE_IMAGE={DATA['connectorBuildOptions']['baseImage']}\n" in DOCKERFILE
    assert f"io.airbyte.name={DATA['dockerRepository']} " in DOCKERFILE


def test_nothing_of_ours_stands_for_airbytes_own_connector():
    assert DATA["dockerRepository"] != "airbyte/source-pinterest"
    assert DATA["definitionId"] != AIRBYTES_OWN_ID
    assert DATA["remoteRegistries"]["pypi"] == {
        "enabled": False,
        "packageName": "source-pinterest",
    }


def test_the_hosts_that_are_allowed_are_those_that_the_configuration_takes():
    hosts = DATA["allowedHosts"]["hosts"]

    assert BASE_URL.split("/")[2] in hosts
    assert all(BASE_URLS.fullmatch(f"https://{host}/v5") for host in hosts)
    assert not any(each in host for host in hosts for each in ("localhost", "127.0.0.1"))


def test_the_16_documented_streams_are_suggested():
    assert DATA["suggestedStreams"]["streams"] == [stream().name for stream in SUGGESTED]


def test_what_the_tests_need_of_the_metadata_is_there():
    assert {"language:python", "cdk:python"} <= set(DATA["tags"])
    assert {each["suite"] for each in DATA["connectorTestSuitesOptions"]} == {
        "unitTests",
        "integrationTests",
        "acceptanceTests",
    }


def test_the_icon_is_a_square_drawing():
    icon = ET.fromstring((ROOT / DATA["icon"]).read_text())  # noqa: S314  our own file

    left, top, width, height = map(float, icon.attrib["viewBox"].split())
    assert icon.tag == "{http://www.w3.org/2000/svg}svg"
    assert (left, top) == (0, 0)
    assert width == height == float(icon.attrib["width"]) == float(icon.attrib["height"])


def test_what_goes_to_the_engine_is_what_the_dockerfile_copies():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied = [
        name
        for line in DOCKERFILE.splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    ]

    assert ignored[1] == "*"
    assert sorted(line[1:] for line in ignored if line.startswith("!")) == sorted(copied)
