FROM a
HEALTHCHECK CMD curl -f x || exit 1
