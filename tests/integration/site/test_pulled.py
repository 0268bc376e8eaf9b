# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway whose image is pulled from a registry, of the shape that LiteLLM's makers publish: root, in /app.

What it cannot have of that image are Prisma's native programs, which are in no package: it has those of the image that
is built here.
"""

from __future__ import annotations

import io
import tarfile

import docker
import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._litellm import settings
from registry import registry

pytestmark = pytest.mark.slow

ENTRYPOINT = """#!/bin/sh
set -e
node /opt/litellm/migrate/main.js /opt/litellm/migrations
export DISABLE_SCHEMA_UPDATE=true
exec litellm "$@"
"""
DOCKERFILE = """
FROM {image}
USER root
ENV HOME=/root
WORKDIR /app
COPY prod_entrypoint.sh docker/prod_entrypoint.sh
HEALTHCHECK NONE
ENTRYPOINT ["docker/prod_entrypoint.sh"]
CMD ["--port", "4000"]
"""


POSTGRESQL = """
FROM {image}
USER root
ENV PGDATA=/var/lib/postgresql/data
HEALTHCHECK NONE
"""


def published_shape(image: str, dockerfile: str) -> str:
    """The image of that shape: its reference on this engine."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, text in (("Dockerfile", dockerfile.format(image=image)), ("prod_entrypoint.sh", ENTRYPOINT)):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text), 0o755
            archive.addfile(member, io.BytesIO(text.encode()))
    packed.seek(0)
    docker.from_env().images.build(fileobj=packed, custom_context=True, tag="mcp-lan-test-published:1", rm=True)
    return "mcp-lan-test-published:1"


@pytest.fixture(scope="module")
def published(images, tmp_path_factory):
    with registry(tmp_path_factory.mktemp("registry")) as made:
        made.references = {}
        for image, dockerfile, repository, tag in (
            ("MCP_LAN_TEST_LITELLM_IMAGE", DOCKERFILE, "berriai/litellm", settings.image_tag("1.77.3")),
            ("MCP_LAN_TEST_POSTGRES_IMAGE", POSTGRESQL, "library/postgres", "17"),
        ):
            local = published_shape(images[image], dockerfile)
            digest = made.push(local, f"{repository}:{tag}")
            made.references[repository] = f"{made.address}/{repository}@{digest}"
            docker.from_env().images.remove(local)
        yield made


def test_it_is_pulled_runs_and_stays_when_the_next_cannot_be_had(site, published):
    login = {"DOCKER_CONFIG": str(published.client_config)}
    reference, database = published.references["berriai/litellm"], published.references["library/postgres"]
    pulled = {"image_source": "pull", "postgres_db_image_pull": database}
    first = site.run(environment=login, litellm_gateway_image_pull=reference, **pulled)
    assert first.status == 0, first.output[-3000:]
    for name, image, user in (("litellm", reference, b"0"), ("postgresql", database, b"10004")):
        running = site.engine.containers.get(f"{site.prefix}-{name}")
        assert running.attrs["Config"]["Image"] == image and running.attrs["HostConfig"]["CapDrop"] == ["ALL"]
        assert running.attrs["State"]["Health"]["Status"] == "healthy"
        assert running.exec_run("id -u").output.strip() == user
    again = site.run(environment=login, litellm_gateway_image_pull=reference, **pulled)
    assert again.status == 0 and again.changed == [], again.output[-3000:]

    before = site.footprint()
    for other, sentence in (
        (f"{published.address}/berriai/litellm@sha256:{'0' * 64}", "has no such digest"),
        (f"{published.address}/berriai/litellm:main-v1.77.4-stable", "has no such tag"),
    ):
        failed = site.run(environment=login, litellm_gateway_image_pull=other, **pulled)
        assert failed.status and sentence in failed.message, failed.output[-3000:]
        assert site.footprint() == before

    values = {name: site.store.get("keys", name) for name in site.store.names("keys")}
    built = site.run()  # the images that are built here take their place, and find the data
    assert built.status == 0, built.output[-3000:]
    assert site.engine.containers.get(f"{site.prefix}-postgresql").attrs["Config"]["Image"].startswith("mcp-lan/")
    assert {name: site.store.get("keys", name) for name in values} == values and site.unknown_keys() == []
