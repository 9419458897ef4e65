# syntax=x
