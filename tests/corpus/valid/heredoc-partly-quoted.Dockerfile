FROM a
COPY <<E'O'F /d
$x
EOF
