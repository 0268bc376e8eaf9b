# SPDX-License-Identifier: GPL-3.0-or-later
"""The images under test, a PostgreSQL server with LiteLLM's tables, and prisma-client-py inside the image."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from litellm_containers import Client, Playground, Postgres, image_from, migrate


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).parents[3]


@pytest.fixture(scope="session")
def litellm_image() -> str:
    return image_from("MCP_LAN_TEST_LITELLM_IMAGE")


@pytest.fixture(scope="session")
def postgres_image() -> str:
    return image_from("MCP_LAN_TEST_POSTGRES_IMAGE")


@pytest.fixture(scope="session")
def playground():
    made = Playground()
    yield made
    made.remove()


@pytest.fixture(scope="session")
def postgres(playground, postgres_image) -> Postgres:
    server = Postgres(playground, postgres_image)
    server.wait()
    return server


@pytest.fixture(scope="session")
def migrated(playground, litellm_image, postgres) -> Postgres:
    status, said = migrate(playground, litellm_image, postgres.url())
    assert status == 0, said
    return postgres


@pytest.fixture(scope="session")
def client(playground, litellm_image, migrated):
    made = Client(playground, litellm_image, migrated.url())
    yield made
    made.close()
