FROM a
RUN <<'A' <<"B" <<C
A
B
C
