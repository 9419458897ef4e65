FROM a
FROM --platform linux/arm64 b
