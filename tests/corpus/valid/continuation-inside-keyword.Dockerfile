FR\
OM a
R\
UN b
