FROM a
RUN b
