FROM a
RUN b # c
ENV d=#e
