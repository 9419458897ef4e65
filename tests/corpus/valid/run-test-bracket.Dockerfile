FROM a
RUN [ -f b ] && c
