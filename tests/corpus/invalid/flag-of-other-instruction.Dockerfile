FROM a
ADD --from=b c d
COPY --checksum=b c d
ENV --x a=b
CMD --y z
