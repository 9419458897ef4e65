FROM a
RUN --mount=type=tmpfs,target=/t <<EOF
b
EOF
