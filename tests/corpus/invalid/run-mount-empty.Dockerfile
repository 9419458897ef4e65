FROM a
RUN --mount= b
