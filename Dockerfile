# The service as an image: built from this checkout with the locked dependencies, run as a user without rights.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /plinth
COPY . .
RUN cargo build --release --locked --package plinth --bin plinth

FROM debian:bookworm-slim
# The roots are for TLS to a Postgres or NATS elsewhere.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin plinth
COPY --from=build /plinth/target/release/plinth /usr/local/bin/plinth
USER 10001
# Inside a container 127.0.0.1 would be out of reach for everyone else.
ENV PLINTH_HTTP_ADDR=0.0.0.0:8080
EXPOSE 8080
# Asks /readyz: ready means that Postgres and NATS are reached and the schema fits.
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=6 CMD ["plinth", "health"]
ENTRYPOINT ["plinth"]
CMD ["serve"]
