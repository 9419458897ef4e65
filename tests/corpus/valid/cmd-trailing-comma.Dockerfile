FROM a
CMD ["b",]
