FROM a
RUN cat <<A <<B
1
A
2
CMD c
