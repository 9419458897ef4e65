FROM a
ARG =b
ARG c =d
