FROM a
RUN ÿþ
