ARG x
ENV a=b
RUN c
FROM d
