FROM a
COPY *.[ch] src/?x /d/
