# check=skip=A,B;error=true ; x
FROM a
