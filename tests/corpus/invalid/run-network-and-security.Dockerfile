FROM a
RUN --network=x --security=y b
