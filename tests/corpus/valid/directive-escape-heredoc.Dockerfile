# escape=`
FROM a
RUN <<E`F <<\G
x
E`F
G
