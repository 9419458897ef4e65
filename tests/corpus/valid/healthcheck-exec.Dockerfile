FROM a
HEALTHCHECK cmd ["b", "c"]
