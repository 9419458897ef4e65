FROM a
COPY --foo=b c d
