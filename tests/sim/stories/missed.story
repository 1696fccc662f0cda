# A story whose bars cannot be met: for the test of the judge

lasts 2m, in short 1m

the server has 1 cores
level workload has 2 seats and queues

at 0s 8 workers of one send creates each 0s for 2m
at 0s 1 workers of other send creates each 1s for 2m

no create is later than 1ms
no create is ever later than 1ms
500 of 1000 creates are within 1ms
some create is done each 1ms
at least 1000000 creates are done
crowds that send create are fair to 999 of 1000
lease waits longer than create
