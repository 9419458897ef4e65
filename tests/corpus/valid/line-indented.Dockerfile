  FROM a
		RUN b
