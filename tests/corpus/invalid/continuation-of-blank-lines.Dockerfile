FROM a
\

# c

