FROM a
ARG b c=d e="f g"
