FROM a
RUN b \