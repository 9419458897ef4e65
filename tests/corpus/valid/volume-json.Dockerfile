FROM a
VOLUME [" /b c ", "/d"]
