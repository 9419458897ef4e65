FROM a
ENV b=c \
# about d
    d=e \
    f=g
