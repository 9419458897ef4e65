FROM a
CMD ["b", \
     "c"]
