# A level of one seat that refuses: everything of the account is in it

lasts 2h, in short 5m

# Direct, none of 300 removals got through in 40 s, and leases were lost.
the server has 2 cores
level tight has 1 seats and refuses
each lease goes to tight

argo starts 60 workflows an hour of up to 20 pods for up to 2m
argo cleans up with 4 workers at 10 a second
at 5s 60 workers of batch send creates each 0s for 2h
at 30s and each 60s 8 workers of storm send removals each 0s for 5s

no removal is later than 5s
990 of 1000 removals are within 500ms
no lease is later than 250ms
no status is later than 60s
some event is done each 60s
some create is done each 5s
at least 10000 creates are done
at most 60 of 1000 requests are wasted
no lease is lost
