FROM a
CMD ["\ud800x"]
