FROM a
ADD https://example.com/a%20b.tar.gz?x=y#z /d/
