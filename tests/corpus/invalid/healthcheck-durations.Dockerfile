FROM a
HEALTHCHECK --interval=5 CMD b
HEALTHCHECK --start-period=1d CMD b
HEALTHCHECK --start-interval=x CMD b
