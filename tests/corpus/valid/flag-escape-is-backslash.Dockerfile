# escape=`
FROM a
COPY --chown=a\ b --from=c` d e
