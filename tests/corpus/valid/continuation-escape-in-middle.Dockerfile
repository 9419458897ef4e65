FROM a
RUN b \ c
RUN d
