FROM a
COPY --foo --link=2 --from b
