FROM a
CMD <<EOF
hello
EOF
