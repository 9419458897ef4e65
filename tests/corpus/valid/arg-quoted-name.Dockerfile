FROM a
ARG "b=c d"
