FROM a
RUN cat 3<<A
b
A
