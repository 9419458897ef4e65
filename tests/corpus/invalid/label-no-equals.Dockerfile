FROM a
LABEL b=c d
