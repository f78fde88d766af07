# The image source-pinterest: the connector and what it imports, nothing that builds or tests it.
#   docker build -t source-pinterest:dev .
#   docker run --rm source-pinterest:dev spec
# Only what the classic builder knows, too.
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.1.0@sha256:1d1aa21d34e851df4e8a87b391c27724c06e2597608e7161f4d167be853bd7b6

# What the connector imports, as it is locked; without the tests that some packages bring.
FROM ${BASE_IMAGE} AS dependencies
USER root
RUN python3 -m venv --without-pip /airbyte/venv
COPY requirements.txt /build/
RUN python3 -m pip --python /airbyte/venv/bin/python install --no-cache-dir --no-input \
    --disable-pip-version-check --no-deps --require-hashes --requirement /build/requirements.txt && \
    find /airbyte/venv -type d -name tests -prune -exec rm -r {} +

# The connector itself. What builds it is locked as well.
FROM dependencies AS package
WORKDIR /build
COPY requirements-dev.txt ./
RUN sed -n '/^poetry-core==/,/[^\\]$/p' requirements-dev.txt >build-tools.txt && \
    python3 -m pip install --no-cache-dir --no-input --disable-pip-version-check --quiet \
    --no-deps --require-hashes --requirement build-tools.txt --target tools
COPY pyproject.toml README.md LICENSE ./
COPY source_pinterest source_pinterest
RUN PYTHONPATH=/build/tools python3 -m pip wheel --no-cache-dir --disable-pip-version-check \
    --quiet --no-deps --no-build-isolation --wheel-dir wheels . && \
    python3 -m pip --python /airbyte/venv/bin/python install --no-cache-dir \
    --disable-pip-version-check --quiet --no-deps --root /package wheels/*.whl

FROM dependencies
RUN rm -r /build && \
    if ! id airbyte >/dev/null 2>&1; then \
    useradd --uid 1000 --create-home --shell /usr/sbin/nologin airbyte; fi
COPY --from=package /package /
USER airbyte
WORKDIR /airbyte
ENV PATH=/airbyte/venv/bin:$PATH \
    AIRBYTE_ENTRYPOINT=/airbyte/venv/bin/source-pinterest
ENTRYPOINT ["/airbyte/venv/bin/source-pinterest"]
LABEL io.airbyte.name=source-pinterest-authors/source-pinterest \
      io.airbyte.version=0.1.0
