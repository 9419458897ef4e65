FROM a
COPY --chown b c
