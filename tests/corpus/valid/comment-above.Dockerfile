# one
# two
FROM a
