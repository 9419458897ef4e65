FROM a
RUN <<EOF
b
EOF
RUN c
