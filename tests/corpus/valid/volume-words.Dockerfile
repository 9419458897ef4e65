FROM a
VOLUME /b "/c"
