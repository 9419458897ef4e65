FROM a
HEALTHCHECK --interval=0 --timeout=0s CMD b
