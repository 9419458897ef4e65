FROM a
VOLUME ["/b", ""]
VOLUME ["  "]
