FROM a
RUN echo a<<EOF $((1<<2))
RUN b
