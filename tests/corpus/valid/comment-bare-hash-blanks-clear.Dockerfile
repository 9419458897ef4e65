FROM a
# one
#  	
RUN b
