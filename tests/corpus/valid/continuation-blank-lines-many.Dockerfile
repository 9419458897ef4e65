FROM a
RUN b \
 	

# x

 c
