FROM a
COPY <<file.txt b /d/
hello
file.txt
