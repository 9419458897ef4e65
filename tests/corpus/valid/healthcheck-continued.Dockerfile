FROM a
HEALTHCHECK --retries=3 \
  CMD \
  b
