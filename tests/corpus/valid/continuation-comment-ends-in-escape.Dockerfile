FROM a
# comment \
RUN b \
# inside \
 c
