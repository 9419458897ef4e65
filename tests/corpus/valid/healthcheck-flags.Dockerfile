FROM a
HEALTHCHECK --interval=1m30s --timeout=1.5s --start-period=1ms --start-interval=2h --retries=0 CMD b
