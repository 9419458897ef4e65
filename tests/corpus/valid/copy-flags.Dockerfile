FROM a
COPY --from=b --chown=c:d --chmod=u+x --link --parents --exclude=*.e f g
