# The level's seats move by a factor of five within seconds, and back

lasts 4h, in short 10m

# system:masters' demand is taken from everybody: 20 seats become 4, for as
# long as that demand is remembered, and nobody says so.
the server has 4 cores
level workload has 20 seats and queues
level leases has 5 seats and queues
each lease goes to leases
a wide list takes 3 seats

argo starts 800 workflows an hour of up to 100 pods for up to 5m
argo cleans up with 4 workers at 10 a second
at 10s 32 workers of batch send creates each 0s for 4h
at 10s 4 workers of ui send lists each 1s for 4h

at 30s and each 20s level workload has 4 seats for 10s
# In the second part the level refuses what it has no seat for.
at 300s and each 20s level workload has 4 seats and refuses for 10s

no removal is later than 2s
990 of 1000 removals are within 250ms
no lease is later than 500ms
no status is later than 15s
some event is done each 30s
some list is done each 30s
at least 20000 creates are done
at most 20 of 1000 requests are wasted
no lease is lost
