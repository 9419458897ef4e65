FROM a
COPY --From=b c d
