# syntax=x
# about a
FROM a
