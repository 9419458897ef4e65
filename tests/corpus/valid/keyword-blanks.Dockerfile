FROM	  a
RUN	b
