FROM a
COPY ["b"]
ADD []
