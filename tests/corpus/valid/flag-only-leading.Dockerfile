FROM a
COPY a --from=x b
