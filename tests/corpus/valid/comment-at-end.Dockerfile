FROM a
# end
