# escape=`
FROM a
COPY x C:\\
RUN dir C:\
