FROM a
RUN --network=none ["b"]
