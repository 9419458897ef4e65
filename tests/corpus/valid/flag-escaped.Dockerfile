FROM a
COPY --chown=a\ b\\c --from="d\"e" f g
