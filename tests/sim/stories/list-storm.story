# Eighty wide LISTs at a time, and four workers that remove finalizers (S1)

lasts 1h, in short 3m

the server has 2 cores
level workload has 20 seats and queues
level leases has 5 seats and queues
each lease goes to leases
a wide list takes 2 seats

argo starts 120 workflows an hour of up to 20 pods for up to 2m
argo cleans up with 4 workers at 10 a second
at 5s 80 workers of storm send lists each 0s for 1h
at 10s 4 workers of stuck send removals each 20ms for 1h

no removal is later than 1s
500 of 1000 removals are within 15ms
990 of 1000 removals are within 60ms
no lease is later than 250ms
list waits longer than removal
some event is done each 10s
at least 2500 lists are done
no lease is lost
