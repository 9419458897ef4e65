FROM a
# one

# two

RUN b
