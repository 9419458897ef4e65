FROM a
RUN [["b"]]
SHELL [{"b": "c"}]
