FROM a
CMD ["b", 1]
