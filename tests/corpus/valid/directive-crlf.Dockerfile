# escape=`
FROM a
