FROM a
COPY --chwon=b c d
