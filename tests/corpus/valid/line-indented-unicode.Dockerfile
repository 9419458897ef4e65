　 FROM a
 RUN b
