# escape=`
FROM a
CMD ["c:\\x", "`"]
