FROM a
MAINTAINER A B <a@b.c>, "D"
