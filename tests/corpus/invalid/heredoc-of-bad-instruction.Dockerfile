FROM a
RUN --foo <<EOF
not one
EOF
CPOY <<EOF /x
nor this
EOF
CMD c
