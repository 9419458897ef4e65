# one
FROM a
RUN b
