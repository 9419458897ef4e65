FROM a
RUN cat <<EOF|sort
b
EOF
CMD c
