FROM a
HEALTHCHECK --intreval=1s CMD b
