FROM a
RUN <<  EOF  > x
b
EOF
