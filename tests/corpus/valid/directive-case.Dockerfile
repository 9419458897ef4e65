#SYNTAX=x
# Escape=`
FROM a
