FROM a
RUN fo\
o
