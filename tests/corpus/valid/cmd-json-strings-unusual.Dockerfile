FROM a
CMD ["", "[", "],"]
