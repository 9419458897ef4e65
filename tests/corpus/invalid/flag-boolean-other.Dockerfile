FROM a
COPY --link=yes b c
ADD --unpack=1 b c
