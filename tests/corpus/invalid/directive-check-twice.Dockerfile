# check=skip=A
# check=error=true
FROM a
