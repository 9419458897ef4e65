# escape=`
#ESCAPE=`
FROM a
