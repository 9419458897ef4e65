FROM a
RUN --mount=target=/a --mount=target=/b --device=c --device=d e
COPY --exclude=f --exclude=g h i
