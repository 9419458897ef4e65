FROM a
RUN echo it's <<EOF
hello
EOF
