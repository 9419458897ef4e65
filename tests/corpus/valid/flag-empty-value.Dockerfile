FROM --platform= a
COPY --from= --chown= b c
