FROM a
ENV PATH=/x:$PATH b=${c:-"d e"}
