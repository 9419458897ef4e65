FROM a
RUN --security=none b
