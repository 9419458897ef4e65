FROM a
COPY \
  # c
  --foo=b \
  c \
  d
