module href-counter

go 1.19
