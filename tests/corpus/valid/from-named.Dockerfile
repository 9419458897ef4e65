FROM a AS b
