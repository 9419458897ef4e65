FROM a
RÜN b
