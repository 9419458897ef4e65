FROM a
RUN <<A cat <<B
1
A
2
B
