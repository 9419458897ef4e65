

FROM a
 	

RUN b

