FROM a
COPY --link --parents=FALSE b c
ADD --link=True --unpack=false b c
