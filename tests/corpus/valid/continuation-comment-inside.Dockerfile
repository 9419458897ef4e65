FROM a
RUN b \
# comment
   # another
  c
