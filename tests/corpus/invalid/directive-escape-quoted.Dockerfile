# escape="`"
FROM a
