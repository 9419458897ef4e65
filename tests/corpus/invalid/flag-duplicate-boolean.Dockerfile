FROM a
COPY --link --link=false d e
