# twdw as an image of one executable, the libraries that it is linked with, and certificates; no shell, no package manager.
#
#   docker build -t twdw:0.1.0 .
#   docker run --rm -v lake:/lake -v state:/state twdw:0.1.0 schedule run --source demo
#
# Behind a registry or a proxy of your own: --secret id=npmrc,src=$HOME/.npmrc --secret id=ca,src=ca-certificates.crt
# Neither is left in the image.

FROM node:22-bookworm AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    --mount=type=secret,id=ca,target=/run/secrets/ca \
    --mount=type=cache,target=/root/.npm \
    set -eu; \
    if [ -s /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi; \
    npm ci --no-audit --no-fund
COPY . .
RUN npm run --silent build

# All that the final image has. DuckDB, which the executable unpacks, brings libstdc++ and libgcc_s into it.
RUN set -eu; \
    install -D dist/twdw /image/usr/local/bin/twdw; \
    ldd dist/twdw node_modules/@duckdb/node-bindings-linux-*/libduckdb.so \
      | grep -o ' /[^ :]*\|^\s*/[^ :]*' | tr -d ' \t' | sort -u | xargs -I{} cp -L --parents {} /image; \
    install -D -m 644 /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt; \
    install -D -m 644 LICENSE /image/usr/share/doc/twdw/LICENSE; \
    echo 'twdw:x:65532:65532:twdw:/state:/usr/sbin/nologin' > /image/etc/passwd; \
    echo 'twdw:x:65532:' > /image/etc/group; \
    echo 'hosts: files dns' > /image/etc/nsswitch.conf; \
    install -d -m 1777 /image/tmp; \
    install -d -o 65532 -g 65532 /image/lake /image/state /image/cache

FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="twdw" \
      org.opencontainers.image.description="A hashtag data warehouse: tweets in, Parquet star schema out, questions answered." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /image /
# settings may also stand in /etc/twdw/config.toml
ENV PATH=/usr/local/bin \
    HOME=/state \
    XDG_CACHE_HOME=/cache \
    XDG_CONFIG_HOME=/etc \
    TWDW_LAKE=/lake \
    TWDW_STATE_DIR=/state
USER 65532:65532
WORKDIR /lake
VOLUME ["/lake", "/state", "/cache"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["/usr/local/bin/twdw", "schedule", "health"]
ENTRYPOINT ["/usr/local/bin/twdw"]
CMD ["--help"]
