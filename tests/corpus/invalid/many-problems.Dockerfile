# escape=x
FROM
RNU a
COPY b
ENV c
RUN --x d
EXPOSE
USER
RUN ok
