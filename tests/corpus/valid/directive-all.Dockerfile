# check=skip=all
# escape=`
# syntax=x
FROM a
