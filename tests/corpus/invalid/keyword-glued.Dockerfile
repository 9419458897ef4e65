FROM a
RUN: b
