ARG V=1
FROM a:${V:-2} AS s
