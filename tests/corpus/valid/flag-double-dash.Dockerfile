FROM a
RUN --network=none -- --x y
