module fairway.dev/tests/bench/flood

go 1.19
