FROM a
ONBUILD COPY --from=b --link c d
