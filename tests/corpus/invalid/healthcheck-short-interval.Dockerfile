FROM a
HEALTHCHECK --interval=999us CMD b
