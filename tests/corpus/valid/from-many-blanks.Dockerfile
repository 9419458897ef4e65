FROM   a 	 AS		b
