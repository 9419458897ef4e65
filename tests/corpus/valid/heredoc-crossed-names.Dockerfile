FROM a
COPY <<X <<Y /d
Y
X
X
Y
