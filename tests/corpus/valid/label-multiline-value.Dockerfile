FROM a
LABEL b="c \
d" e=f
