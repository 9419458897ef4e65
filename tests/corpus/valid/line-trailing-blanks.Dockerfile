FROM a  	
RUN b 	 
