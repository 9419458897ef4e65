# escape=`
FROM a
ONBUILD ENV b=c\ d
