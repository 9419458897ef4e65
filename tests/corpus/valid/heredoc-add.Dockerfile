FROM a
ADD --chmod=644 <<x <<y /d/
1
x
2
y
