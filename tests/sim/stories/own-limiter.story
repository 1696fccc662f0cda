# Argo behind its own limiter of 20 a second, with restarts and stops

lasts 2h, in short 20m

the server has 2 cores
level workload has 20 seats and queues
level leases has 5 seats and queues
each lease goes to leases

argo starts 120 workflows an hour of up to 20 pods for up to 5m
argo cleans up with 4 workers at 10 a second
argo sends 20 a second and 30 at once
at 1m and each 7m argo restarts within 5s
at 3m and each 30m the server stops for 20s

no removal is later than 5s
no lease is later than 1s
no status is later than 10s
no lease is lost
at most 20 of 1000 requests are wasted
