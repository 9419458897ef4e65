FROM a
WORKDIR  /b c  
