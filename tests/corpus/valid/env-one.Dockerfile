FROM a
ENV b=c
