FROM a
# escape=`
RUN b\
c
