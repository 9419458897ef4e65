FROM a
COPY <<\EOF /d
$x
EOF
