# Three days of a busy controller, with bad days among them

lasts 72h, in short 2h
check each 2000 steps

the server has 4 cores
level workload has 20 seats and queues
level leases has 5 seats and queues
each lease goes to leases
a wide list takes 3 seats

# As facts about Argo have it; Fairway paces, so its own limiter is off.
argo starts 800 workflows an hour of up to 150 pods for up to 10m
argo cleans up with 4 workers at 10 a second

# A user interface and a monitor list all pods, each in its own namespace.
at 0s 1 workers of ui send list each 5s for 72h
at 0s 1 workers of monitor send list each 20s for 72h

# Every hour the controller restarts.
at 20m and each 1h argo restarts within 3s

# Two outages: the API server hangs; and it crashes.
at 35m and each 36h the server stops for 40s
at 65m and each 36h the server crashes for 50s

# Storms of 429: the level is squeezed, and refuses instead of queueing.
at 40m and each 6h level workload has 2 seats and refuses for 3m
# A noisy neighbour takes most of the level, and half of the machine.
at 50m and each 5h others take 16 seats of workload and 3 cores for 4m
# Somebody's script lists in a loop through the same sidecar.
at 75m and each 4h 40 workers of script send lists each 0s for 5m
# A flood of creates by the same account.
at 85m and each 7h 64 workers of batch send creates each 0s for 5m
# A front end in between says 429 for everything new, without a level.
at 110m and each 9h each create fails with 429 for 30s
# A webhook hangs: each pod's creation takes 10 s and fails.
at 95m and each 8h each create hangs 10s for 3m

no removal is later than 5s
no lease is later than 1s
no status is later than 60s
no lease is lost
list waits longer than removal
event waits longer than removal
some event is done each 30s
some list is done each 60s
at most 5 of 1000 requests are wasted
