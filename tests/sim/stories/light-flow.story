# One lane, two hundred workers of one flow, one of another (S6)

lasts 1h, in short 2m

the server has 2 cores
level workload has 20 seats and queues

at 0s 200 workers of heavy send creates each 0s for 1h
at 0s 1 workers of light send creates each 0s for 1h
at 0s 20 workers of third send creates each 0s for 1h

# Two with more demand than they get share alike; the light one is done with
# what it asks for.
crowds that send create are fair to 700 of 1000
990 of 1000 creates are within 5s
no create is later than 8s
at least 50000 creates are done
at most 1 of 1000 requests are wasted
