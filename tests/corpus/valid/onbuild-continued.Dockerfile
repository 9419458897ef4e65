FROM a
ONBUILD RUN b && \
    c
