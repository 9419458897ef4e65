FROM a
CMD ["\"\\\/\b\f\n\r\t", "\u0041\u00e9\ud83d\ude00"]
