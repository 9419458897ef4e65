FROM a
onbuild copy b c
