FROM a
COPY --fr\
om=b \
  --chmod=755 \
  c d
