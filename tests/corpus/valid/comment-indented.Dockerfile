FROM a
   # comment
	#another
RUN b
