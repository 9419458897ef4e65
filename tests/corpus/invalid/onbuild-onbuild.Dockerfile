FROM a
ONBUILD onbuild RUN b
