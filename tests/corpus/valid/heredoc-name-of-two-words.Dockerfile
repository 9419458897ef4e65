FROM a
RUN <<'one two'
b
one two
